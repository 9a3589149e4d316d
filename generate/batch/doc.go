// Package batch hands requests to a provider's Batch API (/v1/files and
// /v1/batches, in OpenAI's form) and takes the answers in. It decides how
// requests are cut into files, which batches are open and what came of them; what
// an answer is worth, and which requests are asked next, its user decides.
//
// # State
//
// All of it lies in notes of the run's answer store:
//
//	batch              name of the run with the provider, drawn once
//	batch/000001       Record of batch 1: digest and size of its file, the
//	                   provider's names of file and batch, done or not
//	batch-keys/000001  keys of its requests, 32 bytes each, in the order of the
//	                   file; empty when it is done
//
// The file itself is scratch: it is written beside the store, sent and removed.
//
// # A killed process pays for nothing twice
//
// The steps of a batch, each noted before the next one: keys and record; the
// uploaded file's name; the batch's name. A batch is created with three tags:
// the run's name, the batch's number and the file's digest. So a process that
// comes back finds out where the earlier one was: without a file's name nothing
// was created, and the requests are free again; with one, the provider's list is
// read, and the batch that bears the three tags is gone on with; only when the
// list has lacked it for Options.Grace is it created from the file that is there.
// A creation whose answer was lost goes the same way. Nothing of the list is
// taken but the batch with these tags.
//
// Answers are taken in by streaming the output and error files, line by line.
// The batch is done when everything its user kept of it is committed; a process
// killed before downloads the files again, and its user skips what it has.
//
// # What may come back
//
// A batch may expire, be cancelled or be refused; a file may be late, cut or a
// web page; lines may be missing, torn, double, or about requests of others. A
// request counts as answered by a line with its own key only, and what has no
// answer is free again as soon as its batch is done.
package batch
