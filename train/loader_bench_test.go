package train

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/pcclip/pcclip/shards"
)

// BenchmarkLoader measures what stands before a step: shards read, tokenized and
// cached ("shards"), and batches of 512 made from the cache ("batches").
func BenchmarkLoader(b *testing.B) {
	const n, dim, images = 50_000, 768, 1000
	dir := b.TempDir()
	r := rand.New(rand.NewPCG(1, 2))
	table := &Table{Weights: "w", Preprocess: "p", Dimension: dim, Vectors: make([]float32, images*dim)}
	for i := range table.Vectors {
		table.Vectors[i] = float32(r.NormFloat64())
	}
	for i := range images {
		table.IDs = append(table.IDs, fmt.Sprint(i))
	}
	rows := make([]shards.Row, n)
	for i := range rows {
		a := r.IntN(images)
		rows[i] = shards.Row{PairID: fmt.Sprintf("%032x", i), ImageIDA: fmt.Sprint(a), ImageIDB: fmt.Sprint((a + 1 + r.IntN(images-1)) % images), Difference: loaderText(r)}
	}
	shard := filepath.Join(dir, "rows.parquet")
	if _, err := shards.WriteRows(shard, rows, nil); err != nil {
		b.Fatal(err)
	}
	embeddings := filepath.Join(dir, "embeddings.parquet")
	if err := WriteTable(embeddings, table); err != nil {
		b.Fatal(err)
	}
	load := func(cache string) *differences {
		read, err := ReadTable(embeddings, "")
		if err != nil {
			b.Fatal(err)
		}
		read.normalise()
		from := source{Rows: Rows{Shards: []string{shard}}}
		d, err := loadDifferences(context.Background(), Job{Embeddings: embeddings, Cache: cache}, from, read, 77)
		if err != nil {
			b.Fatal(err)
		}
		return d
	}
	b.Run("shards", func(b *testing.B) {
		perSecond(b, n, func() { load(b.TempDir()) })
	})
	d := load(dir)
	batches := Batches{N: d.len(), Batch: 512, Seed: 1}
	b.Run("batches", func(b *testing.B) {
		perSecond(b, n, func() {
			for step := range batches.PerEpoch() {
				d.batch(batches.At(step))
			}
		})
	})
}

// perSecond reports samples a second by the clock, and by processor time.
func perSecond(b *testing.B, samples int, do func()) {
	before, rounds := usage(b), 0
	for b.Loop() {
		do()
		rounds++
	}
	b.ReportMetric(float64(samples*rounds)/b.Elapsed().Seconds(), "samples/s")
	b.ReportMetric(float64(samples*rounds)/(usage(b)-before), "samples/cpu-s")
}

func usage(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// loaderText writes a difference of about 30 tokens.
func loaderText(r *rand.Rand) string {
	words := []string{"large", "small", "red", "wooden", "dog", "bench", "kitchen", "snowboarder", "standing", "crowded", "bright", "pizza", "children", "motorcycle"}
	text := "The first image shows a"
	for range 10 {
		text += " " + words[r.IntN(len(words))]
	}
	text += ", while the second shows a"
	for range 8 {
		text += " " + words[r.IntN(len(words))]
	}
	return text + "."
}
