package generate

import (
	"math"
	"testing"
	"time"

	"github.com/pcclip/pcclip/shards/fault"
)

func TestValidate(t *testing.T) {
	good := func() Options {
		o := DefaultOptions()
		o.RunDir, o.Endpoint, o.Model = "run", "http://127.0.0.1:1", "m"
		return o
	}
	for name, change := range map[string]func(*Options){
		"defaults": func(*Options) {},
		"fields": func(o *Options) {
			o.Extra = map[string]any{"top_k": 1, "temperature": nil, "x": map[string]any{"y": 0.5}}
		},
		"no cap":         func(o *Options) { o.MaxTokens, o.TopP = 0, 0 },
		"largest number": func(o *Options) { o.Extra = map[string]any{"x": int64(1) << 53} },
	} {
		o := good()
		change(&o)
		if err := o.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, change := range map[string]func(*Options){
		"run":          func(o *Options) { o.RunDir = "" },
		"endpoint":     func(o *Options) { o.Endpoint = "" },
		"model":        func(o *Options) { o.Model = "" },
		"rows":         func(o *Options) { o.Rows = -1 },
		"pairs":        func(o *Options) { o.Pairs = -1 },
		"attempts":     func(o *Options) { o.MaxAttempts = 0 },
		"concurrency":  func(o *Options) { o.Concurrency = -1 },
		"timeout":      func(o *Options) { o.Timeout = -1 },
		"temperature":  func(o *Options) { o.Temperature = math.NaN() },
		"negative":     func(o *Options) { o.Temperature = -1 },
		"top p":        func(o *Options) { o.TopP = 1.1 },
		"cap":          func(o *Options) { o.MaxTokens = -1 },
		"cap field":    func(o *Options) { o.CapField = "" },
		"own field":    func(o *Options) { o.Extra = map[string]any{"model": "x"} },
		"own option":   func(o *Options) { o.Extra = map[string]any{"temperature": 1} },
		"no JSON":      func(o *Options) { o.Extra = map[string]any{"x": math.Inf(1)} },
		"large number": func(o *Options) { o.Extra = map[string]any{"x": []any{int64(1)<<53 + 1}} },
	} {
		o := good()
		change(&o)
		if err := o.Validate(); fault.ExitCode(err) != fault.Usage {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTimeoutFollowsTheCap(t *testing.T) {
	for _, c := range []struct {
		set  time.Duration
		cap  int
		want time.Duration
	}{{0, 160, 2 * time.Minute}, {0, 4000, 2040 * time.Second}, {0, 0, 10 * time.Minute}, {7 * time.Second, 4000, 7 * time.Second}} {
		o := DefaultOptions()
		o.Timeout, o.MaxTokens = c.set, c.cap
		if got := o.endpoints()[0].client(o).Total; got != c.want {
			t.Errorf("%s for a cap of %d and a setting of %s, want %s", got, c.cap, c.set, c.want)
		}
	}
}
