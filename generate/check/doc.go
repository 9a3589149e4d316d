// Package check decides what becomes of an answer: it is accepted, repaired or
// rejected, always for a named reason. It reads text only; what the endpoint
// itself reported about an answer is judged elsewhere.
//
// The rule set "paper" follows the published recipe, in the project's own
// words: drop broken, off-topic and echoing texts and texts outside ASCII, cut
// at the first sign that the answer goes on to something else, clean, and ask
// for at least 60 characters. It differs from the recipe in three places, on
// purpose: a line break becomes a space (deleting it fuses two words), all
// double spaces collapse (not just one layer), and repetition is found by its
// shape and not by a list of the loops that one model fell into. It also drops
// refusals and reasoning that a server left inside the answer.
package check
