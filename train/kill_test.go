//go:build libtorch

package train

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// killedJob names the file with the job of a process that is to be killed.
const killedJob = "PCCLIP_TEST_KILLED_JOB"

// TestMain trains, where it is told to, as a process that its parent kills.
func TestMain(m *testing.M) {
	path := os.Getenv(killedJob)
	if path == "" {
		os.Exit(m.Run())
	}
	var j killable
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, &j)
	}
	if err == nil {
		_, err = Finetune(context.Background(), j.job(), slow{})
	}
	if err != nil {
		println(err.Error())
		os.Exit(1)
	}
	os.Exit(0)
}

// killable is a job with what its options keep out of JSON.
type killable struct {
	Job             Job
	LogEvery        int
	CheckpointEvery int
	Keep            int
}

func (k killable) job() Job {
	j := k.Job
	j.Resume = true
	j.Options.LogEvery, j.Options.CheckpointEvery, j.Options.Keep, j.Options.Device = k.LogEvery, k.CheckpointEvery, k.Keep, "cpu"
	j.Options.Best = "loss"
	return j
}

// slow gives the parent time to see a step before the next one.
type slow struct{ NoProgress }

func (slow) Add(int64) { time.Sleep(2 * time.Millisecond) }

// A training that is killed at random moments and started again ends with the
// bits of one that never stopped, in its losses and in its weights.
func TestKilledTrainingIsBitIdentical(t *testing.T) { killed(t, 3) }

// BenchmarkKills does it 20 times.
func BenchmarkKills(b *testing.B) {
	for b.Loop() {
		killed(b, 20)
	}
}

func killed(t testing.TB, kills int) {
	j := job(t)
	j.Options.Steps, j.Options.CheckpointEvery, j.Options.Keep = 6*kills, 2, 2
	whole := j
	if _, err := Finetune(context.Background(), whole, NoProgress{}); err != nil {
		t.Fatal(err)
	}
	j.Dir = filepath.Join(t.TempDir(), "killed")
	description := filepath.Join(t.TempDir(), "job.json")
	b, err := json.Marshal(killable{j, 1, j.Options.CheckpointEvery, j.Options.Keep})
	if err == nil {
		err = os.WriteFile(description, b, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(9, 9))
	hit := 0
	for range kills {
		if kill(t, description, j.Dir, 1+r.IntN(6), time.Duration(r.IntN(20))*time.Millisecond) {
			hit++
		}
	}
	if hit == 0 {
		t.Fatal("no process was killed before its end")
	}
	finish := exec.Command(os.Args[0])
	finish.Env = append(os.Environ(), killedJob+"="+description)
	if out, err := finish.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Logf("%d of %d processes were killed", hit, kills)
	sameLines(t, metricsOf(t, j.Dir), metricsOf(t, whole.Dir))
	if string(weightsOf(t, j.Dir)) != string(weightsOf(t, whole.Dir)) {
		t.Error("other weights")
	}
}

// kill starts the training and kills it a moment after it has done so many
// steps more; false where it had ended.
func kill(t testing.TB, description, dir string, steps int, after time.Duration) bool {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env, cmd.Stderr = append(os.Environ(), killedJob+"="+description), os.Stderr
	before := lines(dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatal(err)
			}
			return false
		case <-time.After(time.Millisecond):
		}
		if now := lines(dir); now >= before+steps {
			time.Sleep(after)
			cmd.Process.Kill() //nolint:errcheck // it may just have ended
			return <-ended != nil
		} else if now < before { // it was cut back to the checkpoint
			before = now
		}
	}
}

// lines counts the lines of metrics.jsonl.
func lines(dir string) (n int) {
	b, _ := os.ReadFile(filepath.Join(dir, "metrics.jsonl")) // it may not be there yet
	for _, c := range b {
		if c == '\n' {
			n++
		}
	}
	return n
}

func sameLines(t testing.TB, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d lines of metrics, not %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("line %d is %s, not %s", i, got[i], want[i])
		}
	}
}
