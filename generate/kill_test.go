package generate

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/pcclip/pcclip/generate/answers"
	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/shards/fault"
)

var killPlan = world{train: 700, validation: 80, block: 60}

// childRun is the child of TestKilledRun: one run, which the parent kills.
func childRun(dir, url string) {
	o := DefaultOptions()
	o.RunDir, o.Endpoint, o.Model, o.Concurrency = dir, url, "asked-1", 8
	o = childOptions(o)
	client, err := llm.New(o.endpoints()[0].client(o))
	if err == nil {
		_, err = runWith(context.Background(), o, killPlan, &tally{}, client, client.URL(), quick)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(fault.ExitCode(err))
}

func childOptions(o Options) Options {
	o.CountTokens = func(s string) int { return len(s)/5 + 2 }
	o.Timeout = 300 * time.Millisecond
	return o
}

// A run that is killed again and again ends with the bytes of an undisturbed
// one; what was committed is never asked again, and a kill costs at most the
// answers that were not committed yet.
func TestKilledRun(t *testing.T) {
	t.Parallel()
	want := clean(t, killPlan, func(o *Options) { *o = childOptions(*o); o.Manifest.Tool.Name, o.Manifest.Tool.Version = "", "" })
	dir, e := t.TempDir(), newEndpoint(t)
	e.fault, e.delay = mixed, 5*time.Millisecond
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	var kills int
	for done := false; !done; {
		kept := committed(t, dir)
		before := e.counts()
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "PCCLIP_TEST_RUN="+dir, "PCCLIP_TEST_ENDPOINT="+e.URL)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		select {
		case err := <-ended:
			if err != nil {
				t.Fatalf("child: %v", err)
			}
			done = true
		case <-time.After(time.Duration(150+random.IntN(250)+50*kills) * time.Millisecond): // longer, so that slow machines get through
			kills++
			cmd.Process.Kill()
			<-ended
		}
		for q, n := range e.counts() {
			if n > before[q] && kept[q] {
				t.Fatalf("asked again about what was committed: %q", q)
			}
		}
	}
	var again int
	for _, n := range e.answered {
		again += n - 1
	}
	t.Logf("%d kills, %d of %d answers asked for again", kills, again, len(e.answered))
	if kills == 0 {
		t.Error("the run ended before the first kill")
	}
	if again > kills*(256+256+8) {
		t.Errorf("%d answers were asked for again after %d kills", again, kills)
	}
	whole(t, dir, killPlan, nil)
	same(t, files(t, dir), want)
}

func (e *endpoint) counts() map[string]int {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := map[string]int{}
	for q, n := range e.asked {
		out[q] = n
	}
	return out
}

// committed gives the questions whose answers the store of a run holds.
func committed(t *testing.T, dir string) map[string]bool {
	t.Helper()
	s, err := answers.Open(filepath.Join(dir, "answers.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	o := DefaultOptions()
	o.RunDir, o.Model, o.Endpoint = dir, "asked-1", "http://h"
	r := &run{o: childOptions(o), plan: killPlan}
	if err := r.prepare(); err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, split := range killPlan.Splits() {
		for k := range killPlan.Len(split) {
			pair, _ := killPlan.Pair(split, k)
			key, q, err := r.key(pair)
			if err != nil {
				t.Fatal(err)
			}
			if s.Standing(key) >= answers.Useless {
				out[q.Messages[0].Content] = true
			}
		}
	}
	return out
}
