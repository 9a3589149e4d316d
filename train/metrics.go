package train

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"github.com/pcclip/pcclip/train/events"
)

// Metric is one line of metrics.jsonl. Without its speed two runs of one seed
// on one machine write the same file.
type Metric struct {
	Step        int         `json:"step"` // steps done, from 1
	Epoch       int         `json:"epoch"`
	Loss        float64     `json:"loss"`                   // Anchor, Captions and Pull included
	Anchor      float64     `json:"anchor,omitempty"`       // the part of the caption anchor
	Captions    float64     `json:"caption_loss,omitempty"` // the part of captions with their images
	Pull        float64     `json:"pull,omitempty"`         // the part of the pull to the start
	LR          float64     `json:"lr"`
	GradNorm    float64     `json:"grad_norm"`             // before clipping
	Temperature float64     `json:"temperature,omitempty"` // where it is learned
	Samples     int         `json:"samples"`               // of this step
	Skipped     int         `json:"skipped,omitempty"`     // differences between equal embeddings, left out
	Nonfinite   int         `json:"nonfinite,omitempty"`   // steps passed over so far
	Cosine      float64     `json:"cosine"`                // mean cosine of matching text and image difference
	Top1        float64     `json:"top1"`                  // share of texts nearest to their own difference, of 1
	Validation  *Validation `json:"validation,omitempty"`
	Speed       *Speed      `json:"speed,omitempty"`
}

// Validation is a look at rows that are not trained on.
type Validation struct {
	Loss float64 `json:"loss"` // mean over batches, without anchor and pull
	Top1 float64 `json:"top1"` // as Metric's
	Rows int     `json:"rows"`
}

// storable says whether JSON can hold the numbers: a step that was passed over
// leaves no line.
func (m Metric) storable() bool {
	sum := m.Loss + m.Anchor + m.Captions + m.Pull + m.GradNorm + m.Cosine
	return !math.IsNaN(sum) && !math.IsInf(sum, 0)
}

// note is what the progress line shows.
func (m Metric) note() string {
	text := fmt.Sprintf("loss %.4f  R@1 %.1f%%  lr %.2g  grad %.2g", m.Loss, 100*m.Top1, m.LR, m.GradNorm)
	if m.Speed != nil {
		text += fmt.Sprintf("  %.0f samples/s  %.0f tokens/s  padding %.0f%%  wait %.0f%%  %.1f GB",
			m.Speed.Samples, m.Speed.Tokens, 100*m.Speed.Padding, 100*m.Speed.Wait, float64(m.Speed.Memory)/1e9)
	}
	if m.Speed != nil && m.Speed.MFU > 0 {
		text += fmt.Sprintf("  MFU %.1f%%", 100*m.Speed.MFU)
	}
	if m.Validation != nil {
		text += fmt.Sprintf("  validation %.4f", m.Validation.Loss)
	}
	return text
}

// scalars are what TensorBoard shows.
func (m Metric) scalars() []events.Scalar {
	out := []events.Scalar{
		{Tag: "train/loss", Value: m.Loss},
		{Tag: "train/cosine", Value: m.Cosine},
		{Tag: "train/top1", Value: m.Top1},
		{Tag: "train/lr", Value: m.LR},
		{Tag: "train/grad_norm", Value: m.GradNorm},
		{Tag: "train/epoch", Value: float64(m.Epoch)},
	}
	for _, s := range []events.Scalar{
		{Tag: "train/anchor", Value: m.Anchor},
		{Tag: "train/caption_loss", Value: m.Captions},
		{Tag: "train/pull", Value: m.Pull},
		{Tag: "train/temperature", Value: m.Temperature},
		{Tag: "train/nonfinite", Value: float64(m.Nonfinite)},
	} {
		if s.Value != 0 {
			out = append(out, s)
		}
	}
	if v := m.Validation; v != nil {
		out = append(out, events.Scalar{Tag: "validation/loss", Value: v.Loss}, events.Scalar{Tag: "validation/top1", Value: v.Top1})
	}
	if s := m.Speed; s != nil {
		out = append(out, events.Scalar{Tag: "speed/samples_per_second", Value: s.Samples}, events.Scalar{Tag: "speed/tokens_per_second", Value: s.Tokens},
			events.Scalar{Tag: "speed/padding_share", Value: s.Padding}, events.Scalar{Tag: "speed/data_wait_share", Value: s.Wait},
			events.Scalar{Tag: "speed/peak_memory_bytes", Value: float64(s.Memory)})
		if s.MFU > 0 {
			out = append(out, events.Scalar{Tag: "speed/mfu", Value: s.MFU})
		}
	}
	return out
}

// journal writes what a training tells of itself: metrics.jsonl and a
// TensorBoard event file. A nil one writes nothing.
type journal struct {
	lines  *os.File
	events *events.Writer
}

// openJournal opens both for a training that stands after step. metrics.jsonl
// is cut back to the lines up to there.
func openJournal(dir string, step int) (*journal, error) {
	path := filepath.Join(dir, "metrics.jsonl")
	if err := cutMetrics(path, step); err != nil {
		return nil, fmt.Errorf("cut metrics: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open metrics: %w", err)
	}
	w, err := events.Open(dir, step)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &journal{lines: f, events: w}, nil
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

// Write appends one line, and its scalars.
func (j *journal) Write(v Metric) error {
	if j == nil {
		return nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write metrics: %w", err)
	}
	if _, err := j.lines.Write(append(b, '\n')); err != nil {
		return fmt.Errorf("write metrics: %w", err)
	}
	return j.events.Write(v.Step, v.scalars())
}

// Close syncs and closes the files.
func (j *journal) Close() error {
	if j == nil {
		return nil
	}
	return errors.Join(j.lines.Sync(), j.lines.Close(), j.events.Close())
}
