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

// childRun is the process that killing kills: one run of a plan.
func childRun(dir, url, plan string) {
	o := DefaultOptions()
	o.Rules = "paper"
	o.RunDir, o.Endpoint, o.Model, o.Concurrency = dir, url, "asked-1", 8
	o = childOptions(o)
	var w world
	_, err := fmt.Sscan(plan, &w.train, &w.validation, &w.block)
	if err == nil {
		var client *llm.Client
		if client, err = llm.New(o.endpoints()[0].client(o)); err == nil {
			_, err = runWith(context.Background(), o, w, &tally{}, client, client.URL(), quick)
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(fault.ExitCode(err))
}

func childOptions(o Options) Options {
	o.CountTokens = func(s string) int { return len(s)/5 + 2 }
	o.Timeout = 3 * time.Second // a busy machine is no fault of the endpoint
	return o
}

// killing runs a plan in processes that it kills after a while, at most so often,
// until one gets through. between is called before each. It gives the number of
// kills and of answers that were asked for again.
func killing(t testing.TB, plan world, dir string, e *endpoint, most int, while func(kills int) time.Duration, between func()) (kills, again int) {
	for {
		between()
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "PCCLIP_TEST_RUN="+dir, "PCCLIP_TEST_ENDPOINT="+e.URL, fmt.Sprintf("PCCLIP_TEST_PLAN=%d %d %d", plan.train, plan.validation, plan.block))
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		kill := time.After(while(kills))
		if kills == most {
			kill = nil
		}
		select {
		case err := <-ended:
			if err != nil {
				t.Fatalf("child: %v", err)
			}
			for _, n := range e.answered {
				again += n - 1
			}
			return kills, again
		case <-kill:
			kills++
			cmd.Process.Kill()
			<-ended
		}
	}
}

// undisturbed makes options those of a child.
func undisturbed(o *Options) {
	*o = childOptions(*o)
	o.Manifest.Tool.Name, o.Manifest.Tool.Version = "", ""
}

// A run that is killed again and again ends with the bytes of an undisturbed
// one; what was committed is never asked again, and a kill costs at most the
// answers that were not committed yet.
func TestKilledRun(t *testing.T) {
	t.Parallel()
	want := clean(t, killPlan, undisturbed)
	dir, e := t.TempDir(), newEndpoint(t)
	e.fault, e.delay = mixed, 5*time.Millisecond
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	var kept map[string]bool
	before := map[string]int{}
	kills, again := killing(t, killPlan, dir, e, -1, func(kills int) time.Duration {
		return time.Duration(150+random.IntN(250)+50*kills) * time.Millisecond // longer, so that slow machines get through
	}, func() {
		now := e.counts()
		for q, n := range now {
			if n > before[q] && kept[q] {
				t.Fatalf("asked again about what was committed: %q", q)
			}
		}
		before, kept = now, committed(t, dir)
	})
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

// BenchmarkKills kills one run at 50 random moments and tells what that cost.
func BenchmarkKills(b *testing.B) {
	plan := world{train: 24_000, validation: 1000, block: 2000}
	want := clean(b, plan, undisturbed)
	for b.Loop() {
		dir, e := b.TempDir(), newEndpoint(b)
		e.delay = 5 * time.Millisecond
		random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
		kills, again := killing(b, plan, dir, e, 50, func(int) time.Duration { return time.Duration(100+random.IntN(600)) * time.Millisecond }, func() {})
		m := whole(b, dir, plan, nil)
		same(b, files(b, dir), want)
		b.ReportMetric(float64(kills), "kills")
		b.ReportMetric(float64(m.Totals.Planned-m.Totals.Accepted-m.Totals.Rejected), "rows-lost")
		b.ReportMetric(float64(again)/float64(max(1, kills)), "answers-again/kill")
	}
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
	o.Rules = "paper"
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
