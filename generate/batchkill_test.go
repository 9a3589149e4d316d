package generate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/pcclip/pcclip/generate/limit"
	"github.com/pcclip/pcclip/shards/fault"
)

var batchKillPlan = world{train: 100, validation: 20, block: 50}

// childBatches is the child of TestKilledBatches: one run in batches, beside an
// endpoint that is asked directly where there is one, which the parent kills.
func childBatches(dir, url, also string) {
	o := DefaultOptions()
	o.RunDir, o.Endpoint, o.Model, o.Rules = dir, url, "asked-1", "paper"
	o = childOptions(o)
	o.Batches.On, o.Batches.Limits = true, quickBatches()
	if also != "" {
		o.Others = []Endpoint{{URL: also, Concurrency: 4, Rates: limit.DefaultRates()}}
	}
	remotes, disconnect, err := connect(o)
	if err == nil {
		_, err = runAt(context.Background(), o, batchKillPlan, &tally{}, remotes, quick)
		disconnect()
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(fault.ExitCode(err))
}

// Killed before or after any single step that the provider sees, a run goes on
// and ends with the bytes of an undisturbed one; no request is sent in two
// batches.
func TestKilledBatches(t *testing.T) {
	t.Parallel()
	for name, beside := range map[string]bool{"alone": false, "beside another endpoint": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			killBatches(t, beside)
		})
	}
}

func killBatches(t *testing.T, beside bool) {
	want := clean(t, batchKillPlan, func(o *Options) { *o = childOptions(*o); o.Manifest.Tool.Name, o.Manifest.Tool.Version = "", "" })
	var steps int
	for step, more := 0, true; more; step++ {
		for _, effect := range []bool{false, true} {
			k := &stepKill{step: step, effect: effect}
			dir, p := t.TempDir(), newProvider(t)
			p.guard.Lock()
			p.refuse, p.done = k.refuse, k.done
			p.guard.Unlock()
			if beside {
				k.also = newEndpoint(t).URL
			}
			killed := k.child(t, dir, p)
			if !killed {
				more = false
				break
			}
			k.step = -1
			if k.child(t, dir, p) {
				t.Fatal("killed twice")
			}
			steps++
			what := fmt.Sprintf("killed at step %d (%s, with effect: %v): %s", step, k.op, effect, strings.Join(p.log, " "))
			for q, n := range p.lines() {
				if n > 1 {
					t.Errorf("%s: sent %d times: %s", what, n, q)
				}
			}
			for q, n := range p.answered {
				if n > 1 && k.op != "chat" { // asked directly, and not stored yet
					t.Errorf("%s: answered %d times: %q", what, n, q)
				}
			}
			same(t, files(t, dir), want)
			if t.Failed() {
				t.Fatal(what)
			}
		}
	}
	if least := map[bool]int{false: 20, true: 10}[beside]; steps < least {
		t.Errorf("only %d steps", steps)
	}
	t.Logf("killed at %d steps", steps)
}

// stepKill kills the child at one request of it.
type stepKill struct {
	step   int // number of the request; below 0: none
	effect bool
	also   string // another endpoint's URL; "" for none

	mu      sync.Mutex
	seen    int
	op      string
	process *os.Process
}

func (k *stepKill) refuse(op string, _ int) (int, string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.seen++
	if k.seen-1 != k.step {
		return 0, ""
	}
	k.op = op
	if !k.effect {
		k.process.Kill()
		return 500, "killed"
	}
	return 0, ""
}

func (k *stepKill) done(string, int) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.seen-1 == k.step && k.effect {
		k.process.Kill()
		return false
	}
	return true
}

// child runs until it ends or is killed.
func (k *stepKill) child(t *testing.T, dir string, p *provider) (killed bool) {
	t.Helper()
	var text strings.Builder
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "PCCLIP_TEST_BATCHES="+dir, "PCCLIP_TEST_ENDPOINT="+p.front.URL, "PCCLIP_TEST_ALSO="+k.also)
	cmd.Stderr = &text
	k.mu.Lock()
	err := cmd.Start()
	k.seen, k.process = 0, cmd.Process
	k.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == -1 {
		return true
	}
	if err != nil {
		t.Fatalf("child: %v: %s", err, text.String())
	}
	return false
}
