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

// Kinds of a task item.
const (
	KindDifference = "difference" // does the text point along image a - image b?
	KindClass      = "class"      // a class of a classification task, with its prompt
	KindClassify   = "classify"   // an image of a classification task, with its label
	KindRetrieve   = "retrieve"   // an image and its text among those of the task
)

// Orders of mention of a difference text.
const (
	OrderFirst  = "first"  // the text names image a first, as the paper's templates do
	OrderSecond = "second" // the text names image b first
)

// Item is one line of a task file (JSON Lines). Which fields a kind needs:
//
//	difference  task, image_a, image_b, text; reversed (the text of b relative
//	            to a) for the two-way count; caption_a, caption_b for the
//	            caption-subtraction baseline; order, "first" where left out
//	class       task, label, text (the prompt)
//	classify    task, image, label
//	retrieve    task, image, text
//
// Images are names in the images folder.
type Item struct {
	Kind     string `json:"kind"`
	Task     string `json:"task"`
	Order    string `json:"order,omitempty"`
	ImageA   string `json:"image_a,omitempty"`
	ImageB   string `json:"image_b,omitempty"`
	Text     string `json:"text,omitempty"`
	Reversed string `json:"reversed,omitempty"`
	CaptionA string `json:"caption_a,omitempty"`
	CaptionB string `json:"caption_b,omitempty"`
	Image    string `json:"image,omitempty"`
	Label    string `json:"label,omitempty"`
}

// check names the first thing that is wrong with an item.
func (it Item) check() error {
	need := map[string][][2]string{
		KindDifference: {{"image_a", it.ImageA}, {"image_b", it.ImageB}, {"text", it.Text}},
		KindClass:      {{"label", it.Label}, {"text", it.Text}},
		KindClassify:   {{"image", it.Image}, {"label", it.Label}},
		KindRetrieve:   {{"image", it.Image}, {"text", it.Text}},
	}
	fields, ok := need[it.Kind]
	switch {
	case !ok:
		return fmt.Errorf("unknown kind %q; known are difference, class, classify, retrieve", it.Kind)
	case it.Task == "":
		return errors.New("task is missing")
	case it.Order != "" && it.Order != OrderFirst && it.Order != OrderSecond:
		return fmt.Errorf("order is %q, not first or second", it.Order)
	case (it.CaptionA == "") != (it.CaptionB == ""):
		return errors.New("caption_a and caption_b go together")
	}
	for _, f := range fields {
		if f[1] == "" {
			return fmt.Errorf("%s is missing in a %s item", f[0], it.Kind)
		}
	}
	return nil
}

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
	if i, err := labelled(items); err != nil {
		return nil, fmt.Errorf("line %d: %w", lines[i], err)
	}
	return items, nil
}

// labelled checks that every label of a classification has a prompt, and gives
// the first item that has none.
func labelled(items []Item) (int, error) {
	known := map[[2]string]bool{}
	for _, it := range items {
		if it.Kind == KindClass {
			known[[2]string{it.Task, it.Label}] = true
		}
	}
	for i, it := range items {
		if it.Kind == KindClassify && !known[[2]string{it.Task, it.Label}] {
			return i, fmt.Errorf("task %q has no class with label %q", it.Task, it.Label)
		}
	}
	return 0, nil
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
