// Package dataset reads image captions in the forms people have them in: COCO
// captions, Karpathy's files, Flickr token lists, Hugging Face image folders and
// Parquet tables. Every form is streamed into one Visitor; nothing is repaired
// on the way. It also counts what a file holds, dirt included, and opens the
// images that a file names without ever leaving their folder.
package dataset
