package batch

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"

	"github.com/pcclip/pcclip/generate/answers"
)

// file is a file of requests while it is written and sent. It is not synced: a
// call that finds one removes it.
type file struct {
	f      *os.File
	w      *bufio.Writer
	hash   hash.Hash
	keys   []answers.Key
	bytes  int64
	tokens Tokens
}

// Fits tells whether another line fits into the file that is being written.
func (d *Desk) Fits(line []byte) bool {
	f := d.file
	return f == nil || len(f.keys) < d.o.Lines && f.bytes+int64(len(line))+1 <= d.o.Bytes
}

// Waiting counts the requests in the file that is being written.
func (d *Desk) Waiting() int {
	if d.file == nil {
		return 0
	}
	return len(d.file.keys)
}

// Add writes the line of a request, without its end, and what it uses at most.
func (d *Desk) Add(k answers.Key, line []byte, tokens Tokens) error {
	if d.file == nil {
		f, err := os.OpenFile(d.path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
		if err != nil {
			return fmt.Errorf("write file of a batch: %w", err)
		}
		d.file = &file{f: f, hash: sha256.New()}
		d.file.w = bufio.NewWriterSize(io.MultiWriter(f, d.file.hash), 1<<16)
	}
	f := d.file
	if _, err := f.w.Write(line); err != nil {
		return fmt.Errorf("write file of a batch: %w", err)
	}
	if err := f.w.WriteByte('\n'); err != nil {
		return fmt.Errorf("write file of a batch: %w", err)
	}
	f.keys = append(f.keys, k)
	f.bytes += int64(len(line)) + 1
	f.tokens.Prompt, f.tokens.Completion = f.tokens.Prompt+tokens.Prompt, f.tokens.Completion+tokens.Completion
	d.held[k] = d.last + 1
	return nil
}

// record describes the file, which is written to its end by this.
func (f *file) record(number int, endpoint string) (*Record, error) {
	if err := f.w.Flush(); err != nil {
		return nil, fmt.Errorf("write file of a batch: %w", err)
	}
	return &Record{
		Number: number, Endpoint: endpoint, SHA256: hex.EncodeToString(f.hash.Sum(nil)), Lines: len(f.keys), Bytes: f.bytes, Tokens: f.tokens, keys: f.keys,
	}, nil
}

func (f *file) remove() error {
	if err := errors.Join(f.f.Close(), os.Remove(f.f.Name())); err != nil {
		return fmt.Errorf("remove file of a batch: %w", err)
	}
	return nil
}
