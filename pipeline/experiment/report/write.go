package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pcclip/pcclip/pipeline/experiment"
	"github.com/pcclip/pcclip/shards"
)

// Write writes report/index.html and report/report.json under the folder of an
// experiment that was run, and gives the path of the page. Charts of what the
// folder does not hold are left out. The same folder gives the same bytes.
func Write(dir string, plan experiment.Plan, result *experiment.Result) (path string, err error) {
	kept, err := read(dir, plan)
	if err != nil {
		return "", err
	}
	page, err := newPage(kept, result)
	if err != nil {
		return "", err
	}
	html, err := page.html()
	if err != nil {
		return "", err
	}
	doc, err := page.json()
	if err != nil {
		return "", err
	}
	out := filepath.Join(dir, "report")
	if err := os.MkdirAll(out, 0o755); err != nil {
		return "", fmt.Errorf("write report: %w", err)
	}
	if err := shards.WriteFile(filepath.Join(out, "report.json"), doc); err != nil {
		return "", err
	}
	path = filepath.Join(out, "index.html")
	return path, shards.WriteFile(path, html)
}

// json gives the figures of the page; the table itself is in experiment.json.
func (p *page) json() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", " ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(p); err != nil {
		return nil, fmt.Errorf("write report: %w", err)
	}
	return b.Bytes(), nil
}
