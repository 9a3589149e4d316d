package dataset

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// captionColumns are the names that caption columns go by, in order of
// preference; the second group holds lists.
var (
	captionColumns = []string{"caption", "text", "prompt", "description"}
	listColumns    = []string{"captions", "sentences", "texts"}
)

// record is a row of a metadata table: a file with its captions.
type record struct {
	id, file string
	captions []string
}

func (r record) visit(v Visitor, n int) error {
	if r.file == "" {
		return fmt.Errorf("row %d has no file_name", n)
	}
	if r.id == "" {
		r.id = r.file
	}
	if err := v.Image(Image{ID: r.id, FileName: r.file}); err != nil {
		return err
	}
	for i, c := range r.captions {
		if err := v.Caption(Caption{ID: r.id + "#" + strconv.Itoa(i), ImageID: r.id, Raw: c}); err != nil {
			return err
		}
	}
	return nil
}

// scanMetadata reads metadata.csv or metadata.jsonl of a Hugging Face image
// folder: file_name and a caption column, or a list of captions.
func scanMetadata(r *bufio.Reader, path string, v Visitor) error {
	if strings.HasSuffix(strings.TrimSuffix(strings.ToLower(path), ".gz"), ".csv") {
		return scanCSV(r, v)
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		rec, err := jsonRecord(lines.Bytes())
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if err := rec.visit(v, n); err != nil {
			return err
		}
	}
	return lines.Err()
}

func jsonRecord(line []byte) (record, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(line, &fields); err != nil {
		return record{}, fmt.Errorf("not a JSON object: %w", err)
	}
	var rec record
	if err := json.Unmarshal(fields["file_name"], &rec.file); err != nil {
		return record{}, errors.New("no file_name")
	}
	for _, name := range captionColumns {
		var text string
		if raw, ok := fields[name]; ok && json.Unmarshal(raw, &text) == nil {
			rec.captions = []string{text}
			return rec, nil
		}
	}
	for _, name := range listColumns {
		if raw, ok := fields[name]; ok && json.Unmarshal(raw, &rec.captions) == nil {
			return rec, nil
		}
	}
	return record{}, noCaptionColumn()
}

func noCaptionColumn() error {
	return fmt.Errorf("no caption column: known are %s", strings.Join(slices.Concat(captionColumns, listColumns), ", "))
}

func scanCSV(r *bufio.Reader, v Visitor) error {
	rows := csv.NewReader(r)
	header, err := rows.Read()
	if err != nil {
		return fmt.Errorf("read the header: %w", err)
	}
	file, caption := slices.Index(header, "file_name"), -1
	for _, name := range captionColumns {
		if caption < 0 {
			caption = slices.Index(header, name)
		}
	}
	if file < 0 || caption < 0 {
		return noCaptionColumn()
	}
	for n := 2; ; n++ {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := (record{file: row[file], captions: []string{row[caption]}}).visit(v, n); err != nil {
			return err
		}
	}
}
