package train

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Metric is one line of metrics.jsonl. It holds no clock, so that two runs of
// one seed on one machine write the same file.
type Metric struct {
	Step    int     `json:"step"` // steps done, from 1
	Epoch   int     `json:"epoch"`
	Loss    float64 `json:"loss"`             // Anchor included
	Anchor  float64 `json:"anchor,omitempty"` // the part of the caption anchor
	LR      float64 `json:"lr"`
	Samples int     `json:"samples"`           // of this step
	Skipped int     `json:"skipped,omitempty"` // differences between equal embeddings, left out
	Cosine  float64 `json:"cosine"`            // mean cosine of matching text and image difference
	Top1    float64 `json:"top1"`              // share of texts nearest to their own difference, of 1
}

// metricsFile appends lines to metrics.jsonl.
type metricsFile struct{ f *os.File }

// openMetrics opens the file for appending, cut back to the lines up to and
// including step, which is where a resumed run stands.
func openMetrics(path string, step int) (*metricsFile, error) {
	if err := cutMetrics(path, step); err != nil {
		return nil, fmt.Errorf("cut metrics: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open metrics: %w", err)
	}
	return &metricsFile{f: f}, nil
}

func cutMetrics(path string, step int) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	keep := int64(0)
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var m Metric
		if json.Unmarshal(lines.Bytes(), &m) != nil || m.Step > step {
			break
		}
		keep += int64(len(lines.Bytes())) + 1
	}
	return os.Truncate(path, keep)
}

// Write appends one line.
func (m *metricsFile) Write(v Metric) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write metrics: %w", err)
	}
	if _, err := m.f.Write(append(b, '\n')); err != nil {
		return fmt.Errorf("write metrics: %w", err)
	}
	return nil
}

// Close syncs and closes the file.
func (m *metricsFile) Close() error { return errors.Join(m.f.Sync(), m.f.Close()) }
