// Package sets reads public image sets in the form their authors publish them,
// and draws the tasks of package eval from them: zero-shot classification,
// differences by attribute, size and colour, linear probes and retrieval.
//
// Class names, templates, wordings and groups stand in plain files (folder
// files/), which a folder of the user's may replace one by one. With
// Options.PaperCompat the tasks are those of the paper's published evaluation,
// label bugs included (compat.go says which); its draws of images are rebuilt in
// kind, not image by image, since they come from torch's generator.
package sets
