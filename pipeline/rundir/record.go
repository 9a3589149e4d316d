package rundir

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

// Setting is one resolved value of a stage. Data says that another value would
// change what the stage writes; such a value is fixed once there is output.
type Setting struct {
	Key   string
	Value any
	Data  bool
}

type configFile struct {
	Stages map[string]map[string]any `yaml:"stages"`
	// Fixed lists, per stage, the keys that change data.
	Fixed map[string][]string `yaml:"fixed"`
}

// Record writes the resolved settings of a stage into RUN/config.yaml before
// any work. Where output, a path in the run, is there from an earlier call with
// another data-changing value, the call is refused with the difference (exit
// 2), and nothing is written.
func (d Dir) Record(stage, output string, settings []Setting) error {
	cfg, err := d.config()
	if err != nil {
		return err
	}
	_, err = os.Stat(d.File(output))
	if changed := differences(cfg, stage, settings); err == nil && len(changed) > 0 {
		return fault.Input(stage, d.Path, "give the recorded values, or take another --run",
			"this run was begun with other settings: %s", strings.Join(changed, ", "))
	}
	values, fixed := map[string]any{}, []string{}
	for _, s := range settings {
		values[s.Key] = s.Value
		if s.Data {
			fixed = append(fixed, s.Key)
		}
	}
	slices.Sort(fixed)
	cfg.Stages[stage], cfg.Fixed[stage] = values, fixed
	return d.write(cfg)
}

// Amend changes one recorded value of a stage, for a command that has changed
// the stage's output to match.
func (d Dir) Amend(stage, key string, value any) error {
	cfg, err := d.config()
	if err != nil {
		return err
	}
	if cfg.Stages[stage] == nil {
		cfg.Stages[stage] = map[string]any{}
	}
	cfg.Stages[stage][key] = value
	return d.write(cfg)
}

// Recorded gives one recorded value of a stage, "" where there is none.
func (d Dir) Recorded(stage, key string) (string, error) {
	cfg, err := d.config()
	if err != nil {
		return "", err
	}
	v, ok := cfg.Stages[stage][key]
	if !ok || v == nil {
		return "", nil
	}
	return fmt.Sprint(v), nil
}

func differences(cfg *configFile, stage string, settings []Setting) []string {
	before, ok := cfg.Stages[stage]
	if !ok {
		return nil
	}
	var out []string
	for _, s := range settings {
		old, known := before[s.Key]
		if s.Data && known && fmt.Sprint(old) != fmt.Sprint(s.Value) {
			out = append(out, fmt.Sprintf("%s was %v, now %v", s.Key, old, s.Value))
		}
	}
	return out
}

func (d Dir) config() (*configFile, error) {
	cfg := &configFile{}
	b, err := os.ReadFile(d.File("config.yaml"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read run settings: %w", err)
	}
	if err == nil {
		dec := yaml.NewDecoder(bytes.NewReader(b))
		dec.KnownFields(true)
		if err := dec.Decode(cfg); err != nil {
			return nil, fault.Input("read run settings", d.File("config.yaml"), "restore the file; pcclip writes it and nobody should edit it", "%w", err)
		}
	}
	if cfg.Stages == nil {
		cfg.Stages = map[string]map[string]any{}
	}
	if cfg.Fixed == nil {
		cfg.Fixed = map[string][]string{}
	}
	return cfg, nil
}

func (d Dir) write(cfg *configFile) error {
	b, err := yaml.Marshal(cfg)
	if err != nil {
		return fmt.Errorf("encode run settings: %w", err)
	}
	return shards.WriteFile(d.File("config.yaml"), b)
}
