package report

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pcclip/pcclip/pipeline/experiment"
	"github.com/pcclip/pcclip/pipeline/experiment/report/chart"
	"github.com/pcclip/pcclip/train"
	"github.com/pcclip/pcclip/train/eval"
)

const (
	lossLines  = 4   // models of one chart
	lossPoints = 120 // of one line
	maxMetric  = 1 << 20
)

// losses charts the training loss of every model.
func losses(k *kept, _ *experiment.Result) (section, error) {
	s := section{ID: "loss", Title: "Training loss", Text: []string{
		"Mean over seeds, by step. Models with another objective, temperature, batch or anchor have losses of another size: shapes can be compared, heights cannot.",
	}}
	var all []chart.Series
	for _, m := range k.plan.Models {
		line, err := k.loss(m.Name)
		if err != nil {
			return s, err
		}
		if len(line.Points) > 0 {
			line.Colour = len(all)%lossLines + 1
			all = append(all, line)
		}
	}
	for i, part := range slices.Collect(slices.Chunk(all, lossLines)) {
		var names []string
		for _, line := range part {
			names = append(names, line.Name)
		}
		l := chart.Lines{X: chart.Axis{Label: "step", Includes: []float64{0}}, Y: chart.Axis{Label: "loss"}, Series: part, NoDots: true}
		s.Figures = append(s.Figures, figure{ID: fmt.Sprintf("loss-%d", i), Title: "Loss: " + strings.Join(names, ", "), Note: bands, Lines: &l})
	}
	return s, nil
}

// loss gives a model's mean loss by step, thinned.
func (k *kept) loss(model string) (chart.Series, error) {
	line := chart.Series{Name: model}
	at := map[int][]float64{}
	var steps []int
	for _, seed := range k.plan.Seeds {
		metrics, err := readMetrics(filepath.Join(k.plan.Files(k.dir, seed).Training(model), "metrics.jsonl"))
		if err != nil {
			return line, err
		}
		for _, m := range metrics {
			if at[m.Step] == nil {
				steps = append(steps, m.Step)
			}
			at[m.Step] = append(at[m.Step], m.Loss)
		}
	}
	slices.Sort(steps)
	for i, step := range steps {
		if thin := (len(steps) + lossPoints - 1) / lossPoints; i%thin == 0 || i == len(steps)-1 {
			line.Points = append(line.Points, point(float64(step), "", eval.NewStat(at[step]...)))
		}
	}
	return line, nil
}

// readMetrics reads what a training told of itself; nothing where there is no
// such file.
func readMetrics(path string) ([]train.Metric, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read metrics: %w", err)
	}
	defer f.Close()
	var out []train.Metric
	scan := bufio.NewScanner(f)
	scan.Buffer(nil, maxMetric)
	for scan.Scan() {
		var m train.Metric
		if err := json.Unmarshal(scan.Bytes(), &m); err != nil {
			return nil, fmt.Errorf("read metrics %s, line %d: %w", path, len(out)+1, err)
		}
		out = append(out, m)
	}
	if err := scan.Err(); err != nil {
		return nil, fmt.Errorf("read metrics %s: %w", path, err)
	}
	return out, nil
}
