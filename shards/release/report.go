package release

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/pcclip/pcclip/shards"
)

// validation is reports/validation.json: what was checked while the release was
// made. A run that fails a check is not released, so no failure is ever in it.
type validation struct {
	Name     string                  `json:"name"`
	Version  string                  `json:"version"`
	Rows     int64                   `json:"rows"` // accepted and rejected
	Splits   map[string]shards.Count `json:"splits"`
	RowRoot  string                  `json:"row_root"`
	Checks   []string                `json:"checks"`
	Problems []Problem               `json:"problems"`
}

// checks are what Freeze holds a run against.
var checks = []string{
	"the size and SHA-256 of every file of the run are those of its manifest",
	"planned = accepted + rejected + failed + pending, in every split",
	"the rows stand in the order of the plan, each pair once",
	"ids, file names, captions and licences of every row are those of its pair in the plan",
	"both images of a row are in its split, and no image is in two",
	"accepted rows have a text and no reason, rejected rows a reason",
	"prompt, model and rules of every row are those of the run",
}

const checkAnswers = "the answer to every request behind a row is there"

// report writes what was checked.
func (w *freezer) report() error {
	v := validation{
		Name: w.m.Release.Name, Version: w.m.Release.Version, Rows: w.checked, Splits: w.m.Splits, RowRoot: w.m.Release.RowRoot,
		Checks: checks, Problems: []Problem{},
	}
	if w.answers != nil {
		v.Checks = append(v.Checks[:len(v.Checks):len(v.Checks)], checkAnswers)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write %s: %w", reportFile, err)
	}
	return w.f.put(reportFile, shards.KindText, b.Bytes())
}
