package release

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"strings"

	"github.com/pcclip/pcclip/shards"
)

// spillParts is the number of parts that answers are sorted in: one is in memory
// at a time.
const spillParts = 256

// spill sorts answers by their keys in files without a name. Close it.
type spill struct {
	files     [spillParts]*os.File
	out       [spillParts]*bufio.Writer
	doc, size []byte
}

func newSpill() (s *spill, err error) {
	s = &spill{}
	for i := range s.files {
		f, err := os.CreateTemp("", "pcclip-answers-*")
		if err != nil {
			return nil, errors.Join(fmt.Errorf("sort answers: %w", err), s.close())
		}
		s.files[i], s.out[i] = f, bufio.NewWriterSize(f, 1<<14)
		if err := os.Remove(f.Name()); err != nil {
			return nil, errors.Join(fmt.Errorf("sort answers: %w", err), s.close())
		}
	}
	return s, nil
}

func (s *spill) add(k requestKey, a shards.Answer) error {
	s.doc = a.Append(s.doc[:0])
	s.size = binary.AppendUvarint(s.size[:0], uint64(len(s.doc)))
	out := s.out[k[0]]
	_, errSize := out.Write(s.size)
	_, errDoc := out.Write(s.doc)
	if err := errors.Join(errSize, errDoc); err != nil {
		return fmt.Errorf("sort answers: %w", err)
	}
	return nil
}

func (s *spill) flush() error {
	for _, out := range s.out {
		if err := out.Flush(); err != nil {
			return fmt.Errorf("sort answers: %w", err)
		}
	}
	return nil
}

// sorted gives the answers in the order of their keys, a part at a time.
func (s *spill) sorted() iter.Seq2[[]shards.Answer, error] {
	return func(yield func([]shards.Answer, error) bool) {
		for _, f := range s.files {
			part, err := readPart(f)
			if !yield(part, err) || err != nil {
				return
			}
		}
	}
}

func readPart(f *os.File) ([]shards.Answer, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("sort answers: %w", err)
	}
	doc, err := io.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("sort answers: %w", err)
	}
	var part []shards.Answer
	for len(doc) > 0 {
		size, n := binary.Uvarint(doc)
		var a shards.Answer
		a.Take(doc[n : n+int(size)])
		part, doc = append(part, a), doc[n+int(size):]
	}
	slices.SortFunc(part, func(a, b shards.Answer) int { return strings.Compare(a.RequestSHA256, b.RequestSHA256) })
	return part, nil
}

func (s *spill) close() error {
	var all []error
	for _, f := range s.files {
		if f != nil {
			all = append(all, f.Close())
		}
	}
	return errors.Join(all...)
}
