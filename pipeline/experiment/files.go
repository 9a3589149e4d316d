package experiment

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Files tells where an experiment keeps what belongs to one seed.
type Files struct {
	dir  string // of the seed
	real *Real
}

// Files gives the places of a seed under the experiment's folder.
func (p Plan) Files(dir string, seed int64) Files {
	return Files{dir: filepath.Join(dir, fmt.Sprintf("seed-%d", seed)), real: p.Real}
}

// Images is the folder of the tasks' images.
func (f Files) Images() string {
	if f.real != nil {
		return f.real.Images
	}
	return filepath.Join(f.dir, "world", "images")
}

// Tasks is the task file.
func (f Files) Tasks() string {
	if f.real != nil {
		return f.real.Tasks
	}
	return filepath.Join(f.dir, "tasks.jsonl")
}

// Run is the run folder of a set of differences.
func (f Files) Run(d Data) string {
	if f.real != nil {
		return d.Run
	}
	return filepath.Join(f.dir, "runs", d.Name)
}

// Scores is the file of a model's Cell.
func (f Files) Scores(model string) string { return filepath.Join(f.dir, "scores", model+".json") }

// Training is the folder of a model's training, with its metrics.jsonl.
func (f Files) Training(model string) string { return filepath.Join(f.dir, "models", model) }

// Cell reads the scores of a model; nil where there are none.
func (f Files) Cell(model string) (*Cell, error) {
	b, err := os.ReadFile(f.Scores(model))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read scores: %w", err)
	}
	var c Cell
	if err := json.Unmarshal(b, &c); err != nil {
		return nil, fmt.Errorf("read scores %s: %w", f.Scores(model), err)
	}
	return &c, nil
}
