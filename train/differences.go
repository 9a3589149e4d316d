package train

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"path/filepath"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/shards/order"
	"github.com/pcclip/pcclip/train/clip/tokenizer"
	"github.com/pcclip/pcclip/train/tokens"
)

// differences is the training set in memory: token ids from the cache, unit
// image embeddings, and for each difference the rows of its two images.
type differences struct {
	set    *tokens.Set
	table  *Table // unit vectors
	a, b   []int32
	texts  []int // which text stands with pair i; the identity without control
	sign   float32
	dim    int
	digest string // of the rows, the embeddings and the control
	full   int    // texts that fill the context, most of them cut
}

func (d *differences) len() int { return d.set.Len() }

// loadDifferences reads the token cache (made where needed) and the embeddings
// that belong to the weights.
func loadDifferences(ctx context.Context, job Job, weights string, textLen int) (*differences, error) {
	table, err := ReadTable(job.Embeddings, weights)
	if err != nil {
		return nil, err
	}
	key, err := dataKey(job.Shards, textLen)
	if err != nil {
		return nil, err
	}
	tok, err := tokenizer.New()
	if err != nil {
		return nil, err
	}
	set, err := tokens.Cached(ctx, filepath.Join(job.Cache, "tokens-"+key[:16]+".arrow"), key, rows(job.Shards), func(text string) []int32 { return tok.EncodeTo(text, textLen) })
	if err != nil {
		return nil, err
	}
	if set.Len() < 2 {
		return nil, fault.Input("read differences", filepath.Dir(job.Shards[0]), "run pcclip generate until there are some", "only %d accepted differences", set.Len())
	}
	table.normalise()
	sum := sha256.Sum256([]byte(key + "\x00" + table.Weights + "\x00" + table.Preprocess))
	d := &differences{set: set, table: table, dim: table.Dimension, digest: hex.EncodeToString(sum[:])}
	if err := d.join(job.Embeddings, textLen); err != nil {
		return nil, err
	}
	d.control(job.Options.Control, job.Options.Seed)
	return d, nil
}

// join finds the embedding rows of every difference.
func (d *differences) join(where string, textLen int) error {
	d.a, d.b = make([]int32, d.len()), make([]int32, d.len())
	for i := range d.len() {
		idA, idB := d.set.Images(i)
		a, okA := d.table.Row(idA)
		b, okB := d.table.Row(idB)
		if !okA || !okB {
			missing := idA
			if okA {
				missing = idB
			}
			return fault.Input("read embeddings", where, "run pcclip embed on the images of this run", "image %q has no embedding", missing)
		}
		d.a[i], d.b[i] = int32(a), int32(b)
		if len(d.set.Tokens(i)) == textLen {
			d.full++
		}
	}
	return nil
}

// control breaks the data on purpose, for comparison.
func (d *differences) control(c Control, seed int64) {
	d.sign = 1
	if c == Reversed {
		d.sign = -1
	}
	d.texts = make([]int, d.len())
	perm := order.New(uint64(d.len()), seed, "control/shuffled")
	for i := range d.texts {
		d.texts[i] = i
		if c == Shuffled {
			d.texts[i] = int(perm.At(uint64(i)))
		}
	}
}

// sampleBatch is one batch: texts as token ids, deltas [B,D] row-major.
type sampleBatch struct {
	texts   [][]int32
	deltas  []float32
	skipped int
}

// minDelta is the smallest length of u_a - u_b that has a direction: fp32
// noise of two equal unit vectors stays below it.
const minDelta = 1e-6

// batch gathers samples; differences between equal embeddings are left out.
func (d *differences) batch(samples []int) sampleBatch {
	var out sampleBatch
	for _, i := range samples {
		delta, ok := d.delta(i)
		if !ok {
			out.skipped++
			continue
		}
		out.deltas = append(out.deltas, delta...)
		ids := d.set.Tokens(d.texts[i])
		text := make([]int32, len(ids))
		for k, id := range ids {
			text[k] = int32(id)
		}
		out.texts = append(out.texts, text)
	}
	return out
}

func (d *differences) delta(i int) (delta []float32, ok bool) {
	a, b := d.table.Vector(int(d.a[i])), d.table.Vector(int(d.b[i]))
	delta = make([]float32, d.dim)
	sum := 0.0
	for k := range delta {
		delta[k] = d.sign * (a[k] - b[k])
		sum += float64(delta[k]) * float64(delta[k])
	}
	return delta, sum > minDelta*minDelta
}

// rows streams the differences of shards, in order.
func rows(paths []string) iter.Seq2[tokens.Difference, error] {
	return func(yield func(tokens.Difference, error) bool) {
		for _, path := range paths {
			for row, err := range shards.ReadRows(path) {
				d := tokens.Difference{PairID: row.PairID, ImageA: row.ImageIDA, ImageB: row.ImageIDB, Text: row.Difference}
				if !yield(d, err) || err != nil {
					return
				}
			}
		}
	}
}

// dataKey digests the bytes of the shards, in order, and the length that texts
// are cut to.
func dataKey(paths []string, textLen int) (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%d\n", textLen)
	for _, p := range paths {
		sum, err := shards.SHA256(p)
		if err != nil {
			return "", fmt.Errorf("digest shards: %w", err)
		}
		io.WriteString(h, sum) //nolint:errcheck // a hash never fails
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
