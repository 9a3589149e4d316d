package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// Columns of a Parquet table that name the image, in order of preference.
var (
	fileColumns = []string{"file_name", "filename", "image_path", "path"}
	idColumns   = []string{"image_id", "id", "key", "uid"}
)

// scanParquet reads a table with a row per image: a file name, or an id, and a
// caption or a list of captions. Other columns are passed over.
func scanParquet(ctx context.Context, path string, v Visitor) (err error) {
	defer func() { // parquet-go panics on some damaged files
		if r := recover(); r != nil {
			err = fmt.Errorf("damaged Parquet file: %v", r)
		}
	}()
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	file, err := parquet.OpenFile(f, info.Size())
	if err != nil {
		return fmt.Errorf("damaged Parquet file: %w", err)
	}
	cols, err := findColumns(file.Schema())
	if err != nil {
		return err
	}
	n := 0
	for _, group := range file.RowGroups() {
		if err := scanGroup(ctx, group, cols, v, &n); err != nil {
			return err
		}
	}
	return nil
}

func scanGroup(ctx context.Context, group parquet.RowGroup, cols columns, v Visitor, n *int) error {
	rows := group.Rows()
	defer rows.Close()
	buf := make([]parquet.Row, 256)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		count, err := rows.ReadRows(buf)
		for _, row := range buf[:count] {
			*n++
			if err := cols.record(row).visit(v, *n); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("damaged Parquet file: %w", err)
		}
	}
}

// columns are the indices of the leaf columns in use, -1 where there is none.
type columns struct{ file, id, caption int }

func findColumns(schema *parquet.Schema) (columns, error) {
	leaves := schema.Columns()
	find := func(names []string) int {
		for _, name := range names {
			if i := slices.IndexFunc(leaves, func(path []string) bool { return strings.EqualFold(path[0], name) }); i >= 0 {
				return i
			}
		}
		return -1
	}
	c := columns{file: find(fileColumns), id: find(idColumns), caption: find(slices.Concat(captionColumns, listColumns))}
	switch {
	case c.caption < 0:
		return c, noCaptionColumn()
	case c.file < 0:
		return c, fmt.Errorf("no column with the image's file: known are %s", strings.Join(fileColumns, ", "))
	}
	return c, nil
}

func (c columns) record(row parquet.Row) record {
	var rec record
	for _, value := range row {
		if value.IsNull() {
			continue
		}
		switch value.Column() {
		case c.file:
			rec.file = value.String()
		case c.id:
			rec.id = value.String()
		case c.caption:
			rec.captions = append(rec.captions, value.String())
		}
	}
	return rec
}
