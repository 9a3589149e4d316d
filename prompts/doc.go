// Package prompts holds the texts that ask for a difference. A prompt's
// version is the SHA-256 of its text: whoever changes a word gets other
// requests, and nobody has to remember to raise a number.
package prompts
