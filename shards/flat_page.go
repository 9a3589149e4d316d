package shards

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"

	"github.com/parquet-go/parquet-go"
)

// flatSource reads a wanted column of a row group, page by page. Close it.
type flatSource struct {
	flatColumn
	pages  parquet.Pages
	page   parquet.Page // under way; nil between pages
	levels []byte       // of its rows that are not read yet: 0 null, 1 a value

	// What the page holds beyond levels: texts, whole numbers, or any values.
	texts  pageTexts
	int64s []int64
	int32s []int32
	cells  parquet.ValueReader
	values []parquet.Value // read from cells
}

// fill reads the column of all structs of a batch; null leaves it zero.
func (s *flatSource) fill(batch reflect.Value) error {
	for at := 0; at < batch.Len(); {
		if len(s.levels) == 0 {
			if err := s.turn(); err != nil {
				if errors.Is(err, io.EOF) {
					err = io.ErrUnexpectedEOF
				}
				return err
			}
			continue
		}
		n := min(batch.Len()-at, len(s.levels))
		if err := s.assign(batch.Slice(at, at+n), s.levels[:n]); err != nil {
			return err
		}
		s.levels = s.levels[n:]
		at += n
	}
	return nil
}

// turn goes on to the next page.
func (s *flatSource) turn() (err error) {
	parquet.Release(s.page)
	if s.page, err = s.pages.ReadPage(); err != nil {
		return err
	}
	s.levels = s.page.DefinitionLevels()
	if int64(len(s.levels)) != s.page.NumRows() {
		return fmt.Errorf("a page of %d rows has %d levels", s.page.NumRows(), len(s.levels))
	}
	s.cells = nil
	switch values := s.page.Data(); {
	case s.kind == parquet.ByteArray:
		return s.texts.open(s.page)
	case s.page.Dictionary() != nil:
		s.cells = s.page.Values()
	case s.kind == parquet.Int64:
		s.int64s = values.Int64()
	case s.kind == parquet.Int32:
		s.int32s = values.Int32()
	default:
		s.cells = s.page.Values()
	}
	return nil
}

// assign puts the next values into a field of structs.
func (s *flatSource) assign(batch reflect.Value, levels []byte) error {
	if texts, ok := cellsOf[string](batch, s.field); ok {
		s.texts.assign(texts, levels)
		return nil
	}
	if s.cells == nil {
		if pointers, ok := cellsOf[*int64](batch, s.field); ok {
			s.int64s = point(pointers, levels, s.int64s)
			return nil
		}
		if pointers, ok := cellsOf[*int32](batch, s.field); ok {
			s.int32s = point(pointers, levels, s.int32s)
			return nil
		}
		s.cells = s.page.Values()
	}
	return s.assignCells(batch)
}

// point makes fields point to the next whole numbers, which get their memory at
// once, and gives those after them.
func point[T any](pointers fieldCells[*T], levels []byte, from []T) (rest []T) {
	n := bytes.Count(levels, []byte{1})
	own := slices.Clone(from[:n])
	next := 0
	for i, level := range levels {
		if level == 1 {
			*pointers.at(i) = &own[next]
			next++
		}
	}
	return from[n:]
}

// assignCells puts the next values, of any type, into a field of structs.
func (s *flatSource) assignCells(batch reflect.Value) error {
	if len(s.values) < batch.Len() {
		s.values = make([]parquet.Value, batch.Len())
	}
	values := s.values[:batch.Len()]
	for at := 0; at < len(values); {
		n, err := s.cells.ReadValues(values[at:])
		if n == 0 {
			return fmt.Errorf("a page ends before its last row: %w", errors.Join(err, io.ErrUnexpectedEOF))
		}
		at += n
	}
	pointer := batch.Type().Elem().Field(s.field).Type.Kind() == reflect.Pointer
	for i, x := range values {
		if x.IsNull() {
			continue
		}
		f := batch.Index(i).Field(s.field)
		if pointer {
			f.Set(reflect.New(f.Type().Elem()))
			f = f.Elem()
		}
		setLeaf(f, x)
	}
	return nil
}

// end says whether the row group ends where its rows do.
func (s *flatSource) end() error {
	if len(s.levels) > 0 {
		return fmt.Errorf("%d values more than rows", len(s.levels))
	}
	if _, err := s.pages.ReadPage(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("more values than rows, or none to be had: %v", err)
	}
	return nil
}

func (s *flatSource) close() error {
	parquet.Release(s.page)
	s.page = nil
	return s.pages.Close()
}

// pageTexts is the texts of a page under way: either they follow each other, or
// they are words of the dictionary of their row group.
type pageTexts struct {
	data    []byte
	offsets []uint32 // of the texts that are not read yet, and the end of the last one
	words   []string
	of      parquet.Dictionary // that words was made of
	numbers []int32            // of the words that are not read yet
}

// open begins a page.
func (t *pageTexts) open(page parquet.Page) error {
	values := page.Data()
	t.data, t.offsets, t.numbers = nil, nil, nil
	there := bytes.Count(page.DefinitionLevels(), []byte{1})
	have := 0
	if dictionary := page.Dictionary(); dictionary != nil {
		t.learn(dictionary)
		t.numbers = values.Int32()
		have = len(t.numbers)
	} else if there > 0 {
		t.data, t.offsets = values.ByteArray()
		have = len(t.offsets) - 1
	}
	if have != there {
		return fmt.Errorf("a page has %d texts for %d rows with one", have, there)
	}
	return nil
}

// learn makes strings of a dictionary, once.
func (t *pageTexts) learn(dictionary parquet.Dictionary) {
	if t.of == dictionary {
		return
	}
	t.of, t.words = dictionary, make([]string, dictionary.Len())
	for i := range t.words {
		t.words[i] = string(dictionary.Index(int32(i)).ByteArray())
	}
}

// assign puts the next texts into a field of structs.
func (t *pageTexts) assign(to fieldCells[string], levels []byte) {
	if t.offsets == nil {
		for i, level := range levels {
			if level == 1 {
				*to.at(i) = t.words[t.numbers[0]]
				t.numbers = t.numbers[1:]
			}
		}
		return
	}
	n := bytes.Count(levels, []byte{1})
	offsets, from := t.offsets[:n+1], t.offsets[0]
	all := string(t.data[from:offsets[n]]) // copied at once
	for i, level := range levels {
		if level == 1 {
			*to.at(i) = all[offsets[0]-from : offsets[1]-from]
			offsets = offsets[1:]
		}
	}
	t.offsets = t.offsets[n:]
}
