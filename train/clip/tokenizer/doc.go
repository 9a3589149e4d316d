// Package tokenizer turns text into the ids that CLIP's text tower reads. It is
// open_clip's SimpleTokenizer with the clean-up in front of it: ftfy, HTML
// references, white space, lower case, words, byte pairs.
//
// The ids equal those of open_clip for every text of which [Suspicious] is
// false. The one thing left out is ftfy's repair of mojibake, text decoded with
// the wrong encoding: where ftfy would try one, Suspicious is true. Characters
// newer than Unicode 14 may differ in case, as they do between Pythons.
package tokenizer
