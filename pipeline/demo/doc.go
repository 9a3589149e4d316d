// Package demo runs the whole idea on small made-up worlds, offline, as a short
// experiment: it makes the worlds, pretrains a small CLIP on each, serves a
// rule-based writer as an OpenAI-compatible endpoint, and sends both through the
// real commands' code.
package demo
