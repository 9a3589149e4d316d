package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"

	"github.com/pcclip/pcclip/shards"
)

// scanParquet reads a table with a file name and a caption, or a list of
// captions, a row. Only the columns in use are read: tables of this kind often
// carry the images themselves.
func scanParquet(ctx context.Context, f io.ReaderAt, size int64, v Visitor) error {
	file, cols, leaves, err := openParquet(f, size)
	if err != nil {
		return err
	}
	t, n := newTable(v), 0
	for _, group := range file.RowGroups() {
		if err := scanGroup(ctx, group, cols, leaves, t, &n); err != nil {
			return err
		}
	}
	return nil
}

// openParquet opens a table and finds its columns.
func openParquet(f io.ReaderAt, size int64) (file *parquet.File, cols columns, leaves []parquet.LeafColumn, err error) {
	err = undamaged(func() error {
		if file, err = parquet.OpenFile(f, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true)); err != nil {
			return err
		}
		if err := shards.CheckCodecs(file); err != nil {
			return err
		}
		for _, path := range file.Schema().Columns() {
			leaf, _ := file.Schema().Lookup(path...)
			leaf.Path = path // parquet-go gives a list's last step alone
			leaves = append(leaves, leaf)
		}
		return nil
	})
	if err != nil {
		return nil, cols, nil, err
	}
	names := make([]string, len(leaves))
	for i, leaf := range leaves {
		names[i] = leafName(leaf)
	}
	cols, err = findColumns(names)
	return file, cols, leaves, err
}

// leafName gives the name of a column as users know it: a list's inner levels
// left out, a struct's field after a dot.
func leafName(leaf parquet.LeafColumn) string {
	path := slices.DeleteFunc(slices.Clone(leaf.Path), func(step string) bool {
		return step == "list" || step == "element" || step == "item" || step == "bag" || step == "array"
	})
	return strings.Join(path, ".")
}

// undamaged runs a piece of parquet-go, which panics on some damaged files.
func undamaged(do func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("damaged Parquet file: %v", r)
		}
	}()
	if err = do(); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("damaged Parquet file: %w", err)
	}
	return err
}

func scanGroup(ctx context.Context, group parquet.RowGroup, cols columns, leaves []parquet.LeafColumn, t *table, n *int) error {
	cursors := map[int]*cursor{}
	for _, at := range slices.Concat(cols.at[:], cols.numbered) {
		if at >= 0 && cursors[at] == nil {
			cursors[at] = &cursor{chunk: group.ColumnChunks()[leaves[at].ColumnIndex], list: leaves[at].MaxRepetitionLevel > 0}
			defer cursors[at].close()
		}
	}
	for range group.NumRows() {
		if err := ctx.Err(); err != nil {
			return err
		}
		*n++
		var damage error
		rec := cols.record(func(at int) []string {
			cells, err := cursors[at].next()
			damage = errors.Join(damage, err)
			return cells
		})
		if damage != nil {
			return fmt.Errorf("row %d: %w", *n, damage)
		}
		if err := t.row(rec); err != nil {
			return fmt.Errorf("row %d: %w", *n, err)
		}
	}
	return nil
}

// cursor goes down one column, a row at a time.
type cursor struct {
	chunk parquet.ColumnChunk
	list  bool // whether a row may hold any number of values
	pages parquet.Pages
	from  parquet.ValueReader
	buf   [64]parquet.Value
	left  []parquet.Value // of buf
}

// next gives the values of the next row. null is the empty text, and none in a
// list.
func (c *cursor) next() (cells []string, err error) {
	err = undamaged(func() error {
		for first := true; ; first = false {
			value, err := c.peek()
			switch {
			case errors.Is(err, io.EOF) && !first, err == nil && !first && value.RepetitionLevel() == 0:
				return nil
			case errors.Is(err, io.EOF):
				return io.ErrUnexpectedEOF
			case err != nil:
				return err
			}
			c.left = c.left[1:]
			switch {
			case !value.IsNull():
				cells = append(cells, value.String())
			case !c.list:
				cells = append(cells, "")
			}
			if !c.list {
				return nil
			}
		}
	})
	return cells, err
}

// peek gives the next value, reading on where it must.
func (c *cursor) peek() (parquet.Value, error) {
	if c.pages == nil {
		c.pages = c.chunk.Pages()
	}
	for len(c.left) == 0 {
		if c.from == nil {
			page, err := c.pages.ReadPage()
			if err != nil {
				return parquet.Value{}, err
			}
			c.from = page.Values()
		}
		n, err := c.from.ReadValues(c.buf[:])
		c.left = c.buf[:n]
		if err != nil && !errors.Is(err, io.EOF) {
			return parquet.Value{}, err
		}
		if err != nil {
			c.from = nil
		}
	}
	return c.left[0], nil
}

func (c *cursor) close() {
	if c.pages != nil {
		_ = undamaged(c.pages.Close) // read only: nothing is lost
	}
}
