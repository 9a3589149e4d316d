package demo

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"

	"github.com/pcclip/pcclip/pipeline/dataset"
	"github.com/pcclip/pcclip/pipeline/finetune"
	"github.com/pcclip/pcclip/pipeline/sample"
	"github.com/pcclip/pcclip/shards"
)

// examplesShown is the number of pairs on the page.
const examplesShown = 12

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// example is a pair with its difference.
type example struct {
	shards.Row
	ImageA, ImageB template.URL // PNG, inline
}

// findExamples takes the first accepted pairs of a run.
func findExamples(run, images string) ([]example, error) {
	files, err := finetune.Shards(run, sample.Train)
	if err != nil {
		return nil, err
	}
	folder, err := dataset.OpenImages(images)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	var out []example
	for row, err := range shards.ReadRows(files[0]) {
		if err != nil {
			return nil, err
		}
		e := example{Row: row}
		for _, side := range []struct {
			name string
			url  *template.URL
		}{{row.FileNameA, &e.ImageA}, {row.FileNameB, &e.ImageB}} {
			if *side.url, err = inline(folder, side.name); err != nil {
				return nil, err
			}
		}
		if out = append(out, e); len(out) == examplesShown {
			break
		}
	}
	return out, nil
}

func inline(folder *dataset.Images, name string) (template.URL, error) {
	f, err := folder.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		return "", fmt.Errorf("read image %s: %w", name, err)
	}
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(b)), nil
}

// render fills the page: one file, nothing loaded from elsewhere.
func render(r *Result, examples []example) ([]byte, error) {
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, map[string]any{"Result": r, "Examples": examples}); err != nil {
		return nil, fmt.Errorf("render page: %w", err)
	}
	return b.Bytes(), nil
}
