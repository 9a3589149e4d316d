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
//
// The rule set "strict" is for models of today. It has what is wrong in any
// answer from "paper", without the recipe's tastes (clocks, topics, 60
// characters), and finds more forms of it. Letters of Latin script may stay;
// curly quotes, dashes and odd spaces become ASCII. Beyond that an answer must
// be English, name both images in any order, have a word of content in common
// with each caption, talk of the images and not of their captions, repeat neither itself nor a caption nor the prompt, and fit
// into the 77 tokens that a CLIP text tower reads. The rules that need the
// captions or a tokenizer take them from a Context, and pass over what it lacks.
//
// The rule set "caption" is strict for captions of one image, such as rewritten
// ones: it does not ask for two images, and two images may have one caption.
//
// What a single answer cannot show is judged over many: Duplicates finds equal
// and nearly equal texts, Rules.Consistent compares the two directions of a pair.
package check
