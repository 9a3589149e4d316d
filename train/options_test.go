package train

import (
	"strings"
	"testing"

	"github.com/pcclip/pcclip/shards/fault"
)

func TestPresetsAreValid(t *testing.T) {
	for _, name := range Presets {
		o, err := Preset(name)
		if err == nil {
			err = o.Validate()
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if o, _ := Preset("paper"); o.LR != 1e-8 || o.Gamma != .9 || o.Batch != 512 || o.Epochs != 20 || o.Temperature != 1 {
		t.Errorf("paper is %+v", o)
	}
}

func TestOptionsOutOfRangeAreNamed(t *testing.T) {
	for field, spoil := range map[string]func(*Options){
		"--batch":       func(o *Options) { o.Batch = 1 },
		"--lr":          func(o *Options) { o.LR = 0 },
		"--temperature": func(o *Options) { o.Temperature = 0 },
		"--gamma":       func(o *Options) { o.Gamma = 1.1 },
		"--objective":   func(o *Options) { o.Objective = "x" },
		"--trainable":   func(o *Options) { o.Trainable = "head" },
		"--epochs":      func(o *Options) { o.Steps, o.Epochs = 0, 0 },
	} {
		o, _ := Preset("default")
		spoil(&o)
		err := o.Validate()
		if err == nil || !strings.Contains(err.Error(), field) || fault.ExitCode(err) != fault.Usage {
			t.Errorf("%s: got %v", field, err)
		}
	}
}

func TestTrainableSets(t *testing.T) {
	for _, c := range []struct {
		set, name string
		want      bool
	}{
		{"blocks", "transformer.resblocks.0.ln_1.weight", true},
		{"blocks", "visual.transformer.resblocks.0.ln_1.weight", false},
		{"blocks", "text_projection", false},
		{"text", "text_projection", true},
		{"text", "logit_scale", false},
		{"text", "visual.proj", false},
	} {
		if got := trainable(c.set, c.name); got != c.want {
			t.Errorf("%s trains %s: %v", c.set, c.name, got)
		}
	}
}
