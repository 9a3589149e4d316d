// Package demo runs the whole idea on a small made-up world, offline: it makes
// the world, pretrains a small CLIP on it, serves a rule-based writer as an
// OpenAI-compatible endpoint, and sends both through the real commands' code.
package demo
