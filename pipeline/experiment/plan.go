package experiment

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/pcclip/pcclip/prompts"
	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train"
)

//go:embed plans/*.yaml
var plans embed.FS

// Base is the name of the model that all others start from.
const Base = "base"

// maxPlan bounds a plan file, in bytes.
const maxPlan = 1 << 20

// Plan says which models are trained on what, and what is claimed of them.
type Plan struct {
	Name   string   `yaml:"name"`
	About  string   `yaml:"about"`
	Seeds  []int64  `yaml:"seeds"`           // one world each, or one order of the data of a run
	Means  []string `yaml:"means"`           // difference tasks of the headline mean
	Pairs  int      `yaml:"pairs,omitempty"` // class pairs of comparative prompting by each rule; 0: three
	Real   *Real    `yaml:"real,omitempty"`  // nil: demo worlds
	Data   []Data   `yaml:"data"`            // the first is what models train on that name none
	Models []Model  `yaml:"models"`
	Claims []Claim  `yaml:"claims,omitempty"`
	Paper  []Figure `yaml:"paper,omitempty"` // what the paper reports, shown beside the plan's own figures
}

// Real is the ground of a plan outside the demo world.
type Real struct {
	Model  string `yaml:"model"`  // the base model
	Tasks  string `yaml:"tasks"`  // a task file
	Images string `yaml:"images"` // the folder of the tasks' images
}

// Data is a set of differences. In a demo world it is written there; for real
// data it is a run folder.
type Data struct {
	Name    string `yaml:"name"`
	About   string `yaml:"about,omitempty"`
	Run     string `yaml:"run,omitempty"`     // folder of the run; real data alone
	Images  int    `yaml:"images,omitempty"`  // images to draw pairs from; 0: all 1,000
	Pairs   int64  `yaml:"pairs,omitempty"`   // planned pairs; 0: 22,000
	Mention string `yaml:"mention,omitempty"` // whom the writer names first: both (balanced), or mostly the first image ("first")
	Prompt  string `yaml:"prompt,omitempty"`  // a built-in prompt; "": paper
	Rules   string `yaml:"rules,omitempty"`   // by which answers are judged; "": paper, for rewritten captions caption
}

// Model is one way of training.
type Model struct {
	Name    string         `yaml:"name"`
	About   string         `yaml:"about,omitempty"`
	Data    string         `yaml:"data,omitempty"`
	On      string         `yaml:"on,omitempty"`      // captions or rewrites, for controls; "": differences
	Preset  string         `yaml:"preset,omitempty"`  // "": default
	Options map[string]any `yaml:"options,omitempty"` // fields of the training's options by their names in checkpoints, over those of the preset
	Average []float64      `yaml:"average,omitempty"` // also score (1-a) x base + a x model
}

// Claim says that the gain of a measure of one model over another lies in a
// range. Measures are named as in eval.Report.Measures.
type Claim struct {
	Text    string   `yaml:"text" json:"text"`
	Model   string   `yaml:"model" json:"model"`
	Against string   `yaml:"against,omitempty" json:"against"` // "": base
	Measure string   `yaml:"measure" json:"measure"`
	AtLeast *float64 `yaml:"at_least,omitempty" json:"at_least,omitempty"`
	AtMost  *float64 `yaml:"at_most,omitempty" json:"at_most,omitempty"`
}

// Figure is a pair of figures of the paper, with the measure here that asks the
// same question of other data.
type Figure struct {
	What    string   `yaml:"what" json:"what"`
	On      string   `yaml:"on" json:"on"` // the paper's data
	CLIP    *float64 `yaml:"clip,omitempty" json:"clip,omitempty"`
	PCCLIP  *float64 `yaml:"pc_clip,omitempty" json:"pc_clip,omitempty"`
	Gain    *float64 `yaml:"gain,omitempty" json:"gain,omitempty"` // where only that is known
	Model   string   `yaml:"model" json:"model"`
	Measure string   `yaml:"measure" json:"measure"`
}

// Plans lists the built-in plans.
func Plans() []string {
	names, err := fs.Glob(plans, "plans/*.yaml")
	if err != nil {
		panic("experiment: the pattern is constant: " + err.Error())
	}
	for i, n := range names {
		names[i] = strings.TrimSuffix(strings.TrimPrefix(n, "plans/"), ".yaml")
	}
	return names
}

// Load gives a built-in plan by name, or reads the file of that path.
func Load(nameOrPath string) (Plan, error) {
	var text []byte
	var err error
	if slices.Contains(Plans(), nameOrPath) {
		text, err = plans.ReadFile("plans/" + nameOrPath + ".yaml")
	} else {
		text, err = readSmall(nameOrPath)
	}
	if err != nil {
		return Plan{}, fault.Input("read plan", nameOrPath, "built in are: "+strings.Join(Plans(), ", ")+"; or give a file", "%w", err)
	}
	p, err := parse(text)
	if err == nil {
		err = p.Validate()
	}
	if err != nil {
		return Plan{}, fault.Input("read plan", nameOrPath, "correct the file; `pcclip experiment --show reproduce` prints an example", "%w", err)
	}
	return p, nil
}

// Text gives the text of a built-in plan.
func Text(name string) (string, error) {
	b, err := plans.ReadFile("plans/" + name + ".yaml")
	if err != nil {
		return "", fault.Input("show plan", name, "built in are: "+strings.Join(Plans(), ", "), "no such plan")
	}
	return string(b), nil
}

func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxPlan+1))
	if err == nil && len(b) > maxPlan {
		err = fmt.Errorf("longer than %d bytes", maxPlan)
	}
	return b, err
}

func parse(text []byte) (Plan, error) {
	var p Plan
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&p); err != nil {
		if errors.Is(err, io.EOF) {
			err = errors.New("the file is empty")
		}
		return p, err
	}
	return p, nil
}

var plainName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,60}$`)

// Validate names the first thing that is wrong.
func (p Plan) Validate() error {
	switch {
	case !plainName.MatchString(p.Name):
		return fmt.Errorf("name: %q is no plain name in lower case", p.Name)
	case len(p.Seeds) == 0 || len(p.Seeds) > 100:
		return fmt.Errorf("seeds: %d of them, not 1 to 100", len(p.Seeds))
	case len(p.Claims) > 0 && len(p.Seeds) < 2:
		return errors.New("seeds: claims need two or more")
	case p.Pairs < 0:
		return fmt.Errorf("pairs: %d is below 0", p.Pairs)
	case len(p.Data) == 0:
		return errors.New("data: there is none")
	case len(p.Models) == 0:
		return errors.New("models: there are none beside the base")
	case p.Real != nil && (p.Real.Model == "" || p.Real.Tasks == "" || p.Real.Images == ""):
		return errors.New("real: model, tasks and images are needed")
	}
	for i, s := range p.Seeds {
		if slices.Contains(p.Seeds[:i], s) {
			return fmt.Errorf("seeds: %d stands twice", s)
		}
	}
	if err := p.validateData(); err != nil {
		return err
	}
	if err := p.validateModels(); err != nil {
		return err
	}
	return p.validateClaims()
}

func (p Plan) validateData() error {
	for i, d := range p.Data {
		known := slices.ContainsFunc(p.Data[:i], func(other Data) bool { return other.Name == d.Name })
		switch {
		case !plainName.MatchString(d.Name) || known:
			return fmt.Errorf("data: %q is no plain name, or stands twice", d.Name)
		case (d.Run != "") != (p.Real != nil):
			return fmt.Errorf("data %s: run is for real data, and needed there", d.Name)
		case d.Images < 0 || d.Images == 1 || d.Pairs < 0:
			return fmt.Errorf("data %s: images and pairs are 0 or more, and two images make a pair", d.Name)
		case d.Mention != "" && d.Mention != "both" && d.Mention != "first":
			return fmt.Errorf("data %s: mention is %q, not both or first", d.Name, d.Mention)
		case d.Prompt != "" && !slices.Contains(prompts.IDs(), d.Prompt):
			return fmt.Errorf("data %s: no prompt %q; built in are %s", d.Name, d.Prompt, strings.Join(prompts.IDs(), ", "))
		}
	}
	return nil
}

func (p Plan) validateModels() error {
	names := []string{Base}
	for _, m := range p.Models {
		switch {
		case !plainName.MatchString(m.Name) || slices.Contains(names, m.Name):
			return fmt.Errorf("models: %q is no plain name, or stands twice, or is the base's", m.Name)
		case m.Data != "" && !slices.ContainsFunc(p.Data, func(d Data) bool { return d.Name == m.Data }):
			return fmt.Errorf("model %s: no data named %q", m.Name, m.Data)
		}
		for _, a := range m.Average {
			if !(a > 0 && a < 1) {
				return fmt.Errorf("model %s: average %v is not between 0 and 1", m.Name, a)
			}
		}
		if _, err := m.options(p.Seeds[0]); err != nil {
			return fmt.Errorf("model %s: %w", m.Name, err)
		}
		names = append(names, m.names()...)
	}
	return nil
}

func (p Plan) validateClaims() error {
	names := []string{Base, ""}
	for _, m := range p.Models {
		names = append(names, m.names()...)
	}
	for i, c := range p.Claims {
		switch {
		case c.Text == "" || c.Measure == "":
			return fmt.Errorf("claim %d: text and measure are needed", i+1)
		case c.AtLeast == nil && c.AtMost == nil:
			return fmt.Errorf("claim %q: at_least or at_most is needed", c.Text)
		case !slices.Contains(names, c.Model) || c.Model == "":
			return fmt.Errorf("claim %q: no model %q", c.Text, c.Model)
		case !slices.Contains(names, c.Against):
			return fmt.Errorf("claim %q: no model %q", c.Text, c.Against)
		}
	}
	for _, f := range p.Paper {
		if !slices.Contains(names, f.Model) || f.Model == "" || f.Measure == "" {
			return fmt.Errorf("paper %q: no model %q, or no measure", f.What, f.Model)
		}
	}
	return nil
}

// names lists the models that a way of training gives: itself, then averages.
func (m Model) names() []string {
	out := []string{m.Name}
	for _, a := range m.Average {
		out = append(out, averaged(m.Name, a))
	}
	return out
}

func averaged(name string, alpha float64) string { return fmt.Sprintf("%s-a%g", name, alpha) }

// options gives the training's options for a seed, unless they name one of their
// own: one thread, deterministic.
func (m Model) options(seed int64) (train.Options, error) {
	preset := m.Preset
	if preset == "" {
		preset = "default"
	}
	o, err := train.Preset(preset)
	if err != nil {
		return o, err
	}
	o = o.Training(train.Texts(m.On))
	o.Seed = seed
	if err := decode(m.Options, &o); err != nil {
		return o, fmt.Errorf("options: %w", err)
	}
	o.Deterministic, o.Device, o.CheckpointEvery, o.Keep = true, "cpu", 0, 1
	return o, o.Validate()
}
