//go:build libtorch

package train

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/train/clip"
	"github.com/pcclip/pcclip/train/torch"
)

// What BenchmarkAgainstPython compares, small enough for a shared machine;
// PCCLIP_BENCH_BATCH, _TURNS and _STEPS name other numbers.
const (
	peerBatch = 16
	peerTurns = 5
	peerSteps = 1
)

// BenchmarkAgainstPython measures steps of finetuning ViT-L-14's text tower
// (weights at random) on texts of about 30 tokens, one thread, and beside it, in
// turns, the loops of bench/peer.py, where $PCCLIP_PYTHON or python3 has torch
// and open_clip. It prints medians of samples a second and ratios, by the wall
// clock and by processor time, which other work on the machine disturbs less.
func BenchmarkAgainstPython(b *testing.B) {
	batch, turns, steps := number(b, "BATCH", peerBatch), number(b, "TURNS", peerTurns), number(b, "STEPS", peerSteps)
	j := peerJob(b, batch, turns*steps)
	ours := startOurs(b, j)
	loops := []contender{{"ours", ours.take}}
	if peer := startPeer(b, j, ours); peer != nil {
		loops = append(loops, contender{"reference", func(n int) lap { return peer.take("reference", n) }},
			contender{"longest", func(n int) lap { return peer.take("longest", n) }})
	}
	for b.Loop() {
		laps := map[string][]lap{}
		for range turns {
			for _, c := range loops {
				laps[c.name] = append(laps[c.name], c.take(steps))
			}
		}
		compare(b, loops, laps, batch*steps)
	}
}

func number(b *testing.B, name string, otherwise int) int {
	n, err := strconv.Atoi(cmp.Or(os.Getenv("PCCLIP_BENCH_"+name), strconv.Itoa(otherwise)))
	if err != nil || n < 1 {
		b.Fatalf("PCCLIP_BENCH_%s is no number above 0", name)
	}
	return n
}

// lap is some steps of a loop.
type lap struct {
	Wall   float64   `json:"wall"` // seconds
	CPU    float64   `json:"cpu"`  // of the process
	Losses []float64 `json:"losses"`
}

type contender struct {
	name string
	take func(steps int) lap
}

// compare reports medians, ratios and how far the losses part.
func compare(b *testing.B, loops []contender, laps map[string][]lap, samples int) {
	speed := func(of []lap, seconds func(lap) float64) float64 {
		var all []float64
		for _, l := range of {
			all = append(all, float64(samples)/seconds(l))
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	wall, cpu := func(l lap) float64 { return l.Wall }, func(l lap) float64 { return l.CPU }
	ours := laps["ours"]
	for _, c := range loops {
		theirs := laps[c.name]
		line := fmt.Sprintf("%-10s %6.2f samples/s, %6.2f by processor time", c.name, speed(theirs, wall), speed(theirs, cpu))
		if c.name != "ours" {
			apart := 0.0
			for i := range ours {
				for k := range ours[i].Losses {
					apart = max(apart, math.Abs(ours[i].Losses[k]-theirs[i].Losses[k]))
				}
			}
			line += fmt.Sprintf(": ours is %.2fx, %.2fx by processor time; losses at most %.1e apart", speed(ours, wall)/speed(theirs, wall), speed(ours, cpu)/speed(theirs, cpu), apart)
			b.ReportMetric(speed(ours, cpu)/speed(theirs, cpu), "x-"+c.name)
		}
		b.Log(line)
	}
	b.ReportMetric(speed(ours, cpu), "samples/cpu-s")
}

// peerJob makes a ViT-L-14 text tower beside a small image tower, and rows of
// texts of about 30 tokens.
func peerJob(b *testing.B, batch, steps int) Job {
	b.Helper()
	dir := b.TempDir()
	config := clip.Config{
		EmbedDim:   768,
		Vision:     clip.Vision{ImageSize: 16, PatchSize: 16, Width: 64, Layers: 1, HeadWidth: 64, MLPRatio: 4},
		Text:       clip.Text{Context: 77, Vocab: clip.TokenizerVocab, Width: 768, Heads: 12, Layers: 12, MLPRatio: 4},
		Preprocess: clip.DefaultPreprocess(),
	}
	weights := clip.Init(config, 1)
	if err := clip.Save(filepath.Join(dir, "model"), config, weights); err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	table := &Table{Weights: clip.Digest(weights), Preprocess: "test", Dimension: config.EmbedDim}
	const images = 100
	for i := range images {
		table.IDs = append(table.IDs, fmt.Sprint(i))
		for range config.EmbedDim {
			table.Vectors = append(table.Vectors, float32(r.NormFloat64()))
		}
	}
	var rows []shards.Row
	for i := range batch * steps {
		a := r.IntN(images)
		rows = append(rows, shards.Row{PairID: fmt.Sprint(i), ImageIDA: fmt.Sprint(a), ImageIDB: fmt.Sprint((a + 1 + r.IntN(images-1)) % images), Difference: peerText(r)})
	}
	shard := filepath.Join(dir, "rows.parquet")
	_, err := shards.WriteRows(shard, rows, nil)
	if err = errors.Join(err, WriteTable(filepath.Join(dir, "embeddings.parquet"), table)); err != nil {
		b.Fatal(err)
	}
	o, err := Preset("paper")
	if err != nil {
		b.Fatal(err)
	}
	o.Steps, o.Batch, o.LR, o.Threads, o.Device = steps, batch, 1e-5, 1, "cpu"
	return Job{Model: filepath.Join(dir, "model"), Rows: Rows{From: dir, Shards: []string{shard}}, Embeddings: filepath.Join(dir, "embeddings.parquet"), Cache: dir, Dir: filepath.Join(dir, "train"), Options: o}
}

// peerText writes a difference of 16 to 44 tokens.
func peerText(r *rand.Rand) string {
	words := strings.Fields("large small red green wooden dog cat horse bench street table kitchen snow beach train standing sitting eating crowded empty bright dark several two people children ball kite plate pizza")
	text := "The first image shows a"
	for range 2 + r.IntN(13) {
		text += " " + words[r.IntN(len(words))]
	}
	text += ", while the second shows a"
	for range 2 + r.IntN(15) {
		text += " " + words[r.IntN(len(words))]
	}
	return text + "."
}

// oursRunning is a training whose steps are taken by hand.
type oursRunning struct {
	b    *testing.B
	f    *finetuning
	done int
}

func startOurs(b *testing.B, j Job) *oursRunning {
	b.Helper()
	th, err := torch.Start(j.Options.torch(j.Place))
	if err != nil {
		b.Fatal(err)
	}
	f, err := prepare(context.Background(), th, j)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { f.close(); th.Close() })
	return &oursRunning{b: b, f: f}
}

func (o *oursRunning) take(steps int) lap {
	var out lap
	cpu, from := processorTime(), time.Now()
	for range steps {
		m, err := o.f.step(o.done%o.f.steps(), true)
		if err != nil {
			o.b.Fatal(err)
		}
		o.done++
		out.Losses = append(out.Losses, m.Loss)
	}
	out.Wall, out.CPU = time.Since(from).Seconds(), processorTime()-cpu
	return out
}

func processorTime() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return math.NaN()
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// peerRunning is peer.py.
type peerRunning struct {
	b     *testing.B
	in    io.Writer
	out   *bufio.Reader
	ready map[string]bool
}

// startPeer starts peer.py on the batches of ours, or says why not.
func startPeer(b *testing.B, j Job, ours *oursRunning) *peerRunning {
	b.Helper()
	python := cmp.Or(os.Getenv("PCCLIP_PYTHON"), "python3")
	if out, err := exec.Command(python, "-c", "import torch, open_clip, safetensors").CombinedOutput(); err != nil {
		b.Logf("no torch and open_clip in %s ($PCCLIP_PYTHON names another): %v %.80s", python, err, out)
		return nil
	}
	var batches []goldenBatch
	for n := range ours.f.steps() {
		batch := ours.f.gather(n)
		batches = append(batches, goldenBatch{Texts: batch.texts, Deltas: batch.deltas})
	}
	text, err := json.Marshal(batches)
	folder := filepath.Dir(j.Model)
	if err = errors.Join(err, os.WriteFile(filepath.Join(folder, "batches.json"), text, 0o644)); err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(python, filepath.Join("bench", "peer.py"), folder, "1", fmt.Sprint(j.Options.LR))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err = errors.Join(err, cmd.Start()); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { in.Close(); cmd.Wait() }) //nolint:errcheck // it ends with its input
	return &peerRunning{b: b, in: in, out: bufio.NewReader(out), ready: map[string]bool{}}
}

func (p *peerRunning) take(way string, steps int) lap {
	if !p.ready[way] {
		p.ask(way, 0, &struct{}{}) // loads its model
		p.ready[way] = true
	}
	var out lap
	p.ask(way, steps, &out)
	return out
}

func (p *peerRunning) ask(way string, steps int, answer any) {
	fmt.Fprintln(p.in, way, steps)
	line, err := p.out.ReadBytes('\n')
	if err = errors.Join(err, json.Unmarshal(line, answer)); err != nil {
		p.b.Fatalf("peer.py: %v", err)
	}
}
