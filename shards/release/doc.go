// Package release freezes a finished run into a folder that a stranger can
// load, check, cite and rebuild: rows under the names that `datasets` knows,
// rejected rows, the recorded answers, plan, prompt, manifest, card, Croissant
// description and SHA256SUMS. Two releases of one run are the same bytes.
// Verify finds what is wrong in such a folder, Diff tells two of them apart.
package release
