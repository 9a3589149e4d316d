package release

import (
	"crypto/sha256"
	"fmt"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

// maxFileBytes is what the Hub reads of a file without trouble.
const maxFileBytes = 500 << 20

// tableSeries writes rows into as many files as they need.
type tableSeries[T any] struct {
	w           *freezer
	split, kind string
	name        func(index int64) string
	meta        map[string]string

	rows  int64
	out   *shards.Writer[T]
	root  shards.RowRoot // of the file under way
	named bool           // its rows have digests, and it has a root
}

// write appends rows. took, where it is given, is told how many of them went into
// the file under way.
func (s *tableSeries[T]) write(rows []T, took func(n int)) error {
	for len(rows) > 0 {
		room := s.w.o.RowsPerFile - s.rows%s.w.o.RowsPerFile
		if room == s.w.o.RowsPerFile {
			if err := s.next(); err != nil {
				return err
			}
		}
		n := int(min(room, int64(len(rows))))
		if err := s.out.Write(rows[:n]...); err != nil {
			return err
		}
		if took != nil {
			took(n)
		}
		s.rows += int64(n)
		rows = rows[n:]
	}
	return nil
}

// writeNamed writes rows and takes their digests into the roots of their files.
func (s *tableSeries[T]) writeNamed(rows []T, digests [][sha256.Size]byte) error {
	s.named = true
	return s.write(rows, func(n int) {
		for _, digest := range digests[:n] {
			s.root.Add(digest)
		}
		digests = digests[n:]
	})
}

func (s *tableSeries[T]) next() error {
	if err := s.close(); err != nil {
		return err
	}
	slash := s.name(s.rows / s.w.o.RowsPerFile)
	if err := s.w.f.parent(slash); err != nil {
		return err
	}
	var err error
	s.out, err = shards.Create[T](&s.w.codec, s.w.f.path(slash), s.meta)
	return err
}

// close finishes the file under way.
func (s *tableSeries[T]) close() error {
	if s.out == nil {
		return nil
	}
	info, err := s.out.Close()
	if err != nil {
		return err
	}
	s.out = nil
	if info.Bytes > maxFileBytes {
		return fault.Input("release", fmt.Sprintf("--rows-per-file %d", s.w.o.RowsPerFile), "give fewer", "a file of %d bytes, more than %d", info.Bytes, maxFileBytes)
	}
	root := ""
	if s.named {
		root, s.root = s.root.Hex(), shards.RowRoot{}
	}
	return s.w.f.add(info, shards.File{Split: s.split, Kind: s.kind, RowRoot: root})
}

// abort gives up the file under way.
func (s *tableSeries[T]) abort() {
	if s.out != nil {
		s.out.Abort()
	}
}
