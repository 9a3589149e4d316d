// Package answers keeps everything that an endpoint said, in one SQLite file of
// the run: the truth from which shards are made. It appends only. An answer is
// acknowledged after its commit has been synced, so a power cut costs at most
// the answers of one commit window, and nobody else can use the file meanwhile.
// It judges nothing: what an answer is worth, its writer says.
package answers
