package train

import (
	"strings"
	"testing"

	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/loss"
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
		"--batch":        func(o *Options) { o.Batch = 1 },
		"--lr":           func(o *Options) { o.LR = 0 },
		"--temperature":  func(o *Options) { o.Temperature = 0 },
		"--gamma":        func(o *Options) { o.Gamma = 1.1 },
		"--objective":    func(o *Options) { o.Objective = "x" },
		"--trainable":    func(o *Options) { o.Trainable = "head" },
		"--l2-start":     func(o *Options) { o.L2Start = -1 },
		"--ema":          func(o *Options) { o.EMA = 1 },
		"--clip":         func(o *Options) { o.Clip = -1 },
		"--alike":        func(o *Options) { o.AlikeFrom, o.AlikeTo = .5, .5 },
		"--mask":         func(o *Options) { o.Objective, o.Masks = Squared, []loss.Mask{loss.Texts} },
		"--on-nonfinite": func(o *Options) { o.OnNonfinite = "pray" },
		"--exchange":     func(o *Options) { o.Exchange = "mpi" },
		"--best":         func(o *Options) { o.Best = "luck" },
		"--micro-batch":  func(o *Options) { o.MicroBatch = -1 },
		"--precision":    func(o *Options) { o.Precision = "fp8" },
		"--bucket":       func(o *Options) { o.Bucket = -1 },
		"--caption-loss": func(o *Options) { o.CaptionLoss = -1 },
		"--on":           func(o *Options) { o.On = "poems" },
		"--control":      func(o *Options) { o.On, o.Control = Captions, Reversed },
		"--reversed":     func(o *Options) { o.On, o.Reversed = Rewrites, true },
		"--epochs":       func(o *Options) { o.Steps, o.Epochs = 0, 0 },
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
		{"last:2", "transformer.resblocks.9.ln_1.weight", false},
		{"last:2", "transformer.resblocks.10.ln_1.weight", true},
		{"last:2", "transformer.resblocks.11.mlp.c_fc.bias", true},
		{"last:2", "visual.transformer.resblocks.11.ln_1.weight", false},
		{"last:2", "ln_final.weight", false},
		{"lora:4", "transformer.resblocks.0.attn.q.lora_a", true},
		{"lora:4", "transformer.resblocks.0.attn.in_proj_weight", false},
		{"lora:4", "objective.log_scale", true},
	} {
		set, ok := parseTrainable(c.set)
		if got := set.trains(c.name, 12); !ok || got != c.want {
			t.Errorf("%s trains %s: %v", c.set, c.name, got)
		}
	}
	for _, text := range []string{"", "head", "last", "last:0", "last:x", "lora:-1", "text:2"} {
		if _, ok := parseTrainable(text); ok {
			t.Errorf("%q was taken", text)
		}
	}
}
