package release

import (
	"iter"
	"path/filepath"

	"github.com/pcclip/pcclip/shards"
)

// place is where a row stands.
type place struct {
	file  string // slash path
	index int64  // in the file, from 0
}

// cursor goes through the rows of a kind and split in plan order, which is the
// order of the file names. Close it.
type cursor struct {
	root  string
	files []string // not yet begun
	place          // of the next row
	batch []shards.Row
	next  func() ([]shards.Row, error, bool) // nil between files
	stop  func()
}

func newCursor(root string, m *shards.Manifest, kind, split string) *cursor {
	c := &cursor{root: root}
	for _, f := range m.Files {
		if f.Kind == kind && f.Split == split {
			c.files = append(c.files, f.Path)
		}
	}
	return c
}

// peek gives the next row, which stays the next one until skip; nil at the end. It
// is good until the next peek after skip. An error, about the file of the place,
// is the end too.
func (c *cursor) peek() (*shards.Row, error) {
	for len(c.batch) == 0 {
		if c.next == nil {
			if len(c.files) == 0 {
				return nil, nil
			}
			c.place, c.files = place{file: c.files[0]}, c.files[1:]
			c.next, c.stop = iter.Pull2(shards.ReadBatches[shards.Row](filepath.Join(c.root, filepath.FromSlash(c.file))))
		}
		batch, err, there := c.next()
		if err != nil {
			c.close()
			c.files = nil
			return nil, err
		}
		if c.batch = batch; !there {
			c.close()
		}
	}
	return &c.batch[0], nil
}

// skip goes on to the row after the one that peek gave.
func (c *cursor) skip() {
	c.batch = c.batch[1:]
	c.index++
}

// close closes the file under way.
func (c *cursor) close() {
	if c.next != nil {
		c.stop()
		c.next = nil
	}
}

// rowsOf streams the rows of a kind and split in plan order.
func rowsOf(root string, m *shards.Manifest, kind, split string) iter.Seq2[*shards.Row, error] {
	return func(yield func(*shards.Row, error) bool) {
		c := newCursor(root, m, kind, split)
		defer c.close()
		for {
			row, err := c.peek()
			if row == nil && err == nil || !yield(row, err) || err != nil {
				return
			}
			c.skip()
		}
	}
}
