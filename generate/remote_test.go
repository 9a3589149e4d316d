package generate

import (
	"strings"
	"testing"
	"time"

	"github.com/pcclip/pcclip/generate/limit"
	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/shards/fault"
)

// team gives options with several endpoints.
func team(dir string, all ...*endpoint) Options {
	o := options(dir, all[0])
	for _, e := range all[1:] {
		o.Others = append(o.Others, Endpoint{URL: e.URL, Concurrency: 8, Rates: limit.DefaultRates()})
	}
	return o
}

func TestEndpointsShareTheWork(t *testing.T) {
	t.Parallel()
	plan := world{train: 300, validation: 30, block: 50}
	want := clean(t, plan, nil)
	dir, p := t.TempDir(), &tally{}
	quickOne, slow := newEndpoint(t), newEndpoint(t)
	quickOne.delay, slow.delay = 20*time.Millisecond, 150*time.Millisecond
	if _, err := generate(t, team(dir, quickOne, slow), plan, p); err != nil {
		t.Fatal(err)
	}
	whole(t, dir, plan, p)
	same(t, files(t, dir), want)
	if a, b := quickOne.requests(), slow.requests(); a < b || b == 0 {
		t.Errorf("the quick endpoint got %d requests, the slow one %d", a, b)
	}
	if s := p.last.Endpoints; len(s) != 2 || s[1].URL != slow.URL+"/v1" {
		t.Errorf("status %+v", s)
	}
}

// One endpoint that fails, in any way, costs no row.
func TestAnEndpointFallsOut(t *testing.T) {
	t.Parallel()
	plan := world{train: 300, validation: 30, block: 50}
	want := clean(t, plan, nil)
	for _, kind := range []string{"500", "reset", "401", "quota", "404 model", "404", "400", "hang"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			dir, p := t.TempDir(), &tally{}
			good, bad := newEndpoint(t), newEndpoint(t)
			good.delay = 3 * time.Millisecond
			total := 0
			bad.set(func(string, int) string {
				if total++; total > 20 || kind == "404" || kind == "400" {
					return kind
				}
				return ""
			})
			o := team(dir, good, bad)
			o.Timeout = 300 * time.Millisecond
			if _, err := generate(t, o, plan, p); err != nil {
				t.Fatal(err)
			}
			whole(t, dir, plan, p)
			same(t, files(t, dir), want)
			if n := bad.requests(); n > 20+40 {
				t.Errorf("%d requests went to an endpoint that fails", n)
			}
		})
	}
}

func TestNoEndpointIsLeft(t *testing.T) {
	t.Parallel()
	plan := world{train: 100, block: 50}
	a, b := newEndpoint(t), newEndpoint(t)
	a.set(always("401"))
	b.set(always("quota"))
	_, err := generate(t, team(t.TempDir(), a, b), plan, nil)
	if fault.ExitCode(err) != fault.Incomplete || !strings.Contains(err.Error(), "lets nobody in") || !strings.Contains(err.Error(), "quota") {
		t.Errorf("got %v", err)
	}
	a.Close()
	b.Close()
	_, err = generate(t, team(t.TempDir(), a, b), plan, nil)
	if fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), "reach endpoint") {
		t.Errorf("got %v", err)
	}
}

// Each endpoint is asked for the model by its own name, and the run is the same.
func TestEndpointsNameTheModelDifferently(t *testing.T) {
	o := team(t.TempDir(), newEndpoint(t), newEndpoint(t))
	o.Others[0].Model = "deployment-7"
	all := o.endpoints()
	if all[0].Model != "asked-1" || all[1].Model != "deployment-7" || all[1].CapField != llm.CapAuto || all[1].Weight != 1 {
		t.Errorf("%+v", all)
	}
	o.Others[0].Weight = -1
	if err := o.Validate(); fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), "weight") {
		t.Errorf("got %v", err)
	}
}
