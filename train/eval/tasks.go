package eval

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/pcclip/pcclip/shards/fault"
)

// maxLine bounds a line of a task file, in bytes.
const maxLine = 1 << 20

// ReadTasks reads a task file. The error of a bad line names its number.
func ReadTasks(path string) ([]Item, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Input("read tasks", path, "give a task file, one JSON object a line", "%w", err)
	}
	defer f.Close()
	items, err := parseTasks(f)
	if err != nil {
		return nil, fault.Input("read tasks", path, "correct the line; see the fields of a task file in the README", "%w", err)
	}
	return items, nil
}

func parseTasks(r io.Reader) ([]Item, error) {
	var items []Item
	var lines []int // of the items
	scan := bufio.NewScanner(r)
	scan.Buffer(nil, maxLine)
	line := 0
	for scan.Scan() {
		line++
		if len(bytes.TrimSpace(scan.Bytes())) == 0 {
			continue
		}
		var it Item
		dec := json.NewDecoder(bytes.NewReader(scan.Bytes()))
		dec.DisallowUnknownFields()
		err := dec.Decode(&it)
		if err == nil {
			if _, extra := dec.Token(); !errors.Is(extra, io.EOF) {
				err = errors.New("more than one JSON value")
			}
		}
		if err == nil {
			err = it.check()
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		items, lines = append(items, it), append(lines, line)
	}
	if err := scan.Err(); err != nil {
		return nil, fmt.Errorf("line %d: %w", line+1, err)
	}
	if len(items) == 0 {
		return nil, errors.New("the file holds no tasks")
	}
	if i, err := fit(items); err != nil {
		return nil, fmt.Errorf("line %d: %w", lines[i], err)
	}
	return items, nil
}

// WriteTasks writes items as a task file.
func WriteTasks(w io.Writer, items []Item) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, it := range items {
		if err := enc.Encode(it); err != nil {
			return fmt.Errorf("write tasks: %w", err)
		}
	}
	return nil
}
