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

// Page is the path of the page under the folder of an experiment.
func Page(dir string) string { return filepath.Join(dir, "report", "index.html") }

// Write writes Page and report.json beside it, for an experiment that was run in
// dir. Charts of what the folder does not hold are left out. The same folder
// gives the same bytes.
func Write(dir string, plan experiment.Plan, result *experiment.Result) error {
	kept, err := read(dir, plan)
	if err != nil {
		return err
	}
	page, err := newPage(kept, result)
	if err != nil {
		return err
	}
	html, err := page.html()
	if err != nil {
		return err
	}
	doc, err := page.json()
	if err != nil {
		return err
	}
	out := filepath.Dir(Page(dir))
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	if err := shards.WriteFile(filepath.Join(out, "report.json"), doc); err != nil {
		return err
	}
	return shards.WriteFile(Page(dir), html)
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
