package train

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/shards/order"
	"github.com/pcclip/pcclip/train/clip/tokenizer"
	"github.com/pcclip/pcclip/train/tokens"
)

// differences are samples in memory: token ids from the cache, unit image
// embeddings, and for each sample the rows of its two images.
type differences struct {
	set    *tokens.Set
	table  *Table  // unit vectors
	first  []int   // row of the set of each sample
	mirror []int   // row of its reversed difference, -1 for none
	a, b   []int32 // b is -1 for a caption, which belongs to one image
	texts  []int   // which sample's texts stand with pair i; the identity without control
	alike  []int64
	broken Control
	seed   int64
	dim    int
	digest string // of the rows, the embeddings and the control
	long   int    // texts that are cut to the context
	oneWay int    // samples without a reversed difference, where those are asked for
}

// source says which rows become samples.
type source struct {
	Rows
	on       Texts
	reversed bool       // with their reversed differences
	alike    [2]float64 // shares of the pairs by likeness that are kept between; zeros: all
	control  Control
	seed     int64
}

func (d *differences) len() int { return len(d.first) }

// textLen gives the number of ids of a sample's text.
func (d *differences) textLen(i int) int { return d.set.Count(d.first[d.texts[i]]) }

// loadDifferences reads the token cache (made where needed) and joins it with
// the embeddings.
func loadDifferences(ctx context.Context, job Job, from source, table *Table, textLen int) (*differences, error) {
	key, err := dataKey(from, textLen)
	if err != nil {
		return nil, err
	}
	tok, err := tokenizer.New()
	if err != nil {
		return nil, err
	}
	cache := filepath.Join(job.Cache, "tokens-"+key[:16]+".arrow")
	set, err := tokens.Cached(ctx, cache, key, rows(from), func(text string) ([]int32, int) { return tok.EncodeCounted(text, textLen) })
	if unreadable, ok := errors.AsType[*fault.Error](err); ok { // the rows, not the cache
		return nil, unreadable
	}
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(key + "\x00" + table.Weights + "\x00" + table.Preprocess))
	d := &differences{set: set, table: table, dim: table.Dimension, digest: hex.EncodeToString(sum[:])}
	d.sample()
	if d.len() < 2 {
		return nil, fault.Input("read rows", from.From, "run pcclip generate until there are some", "only %d accepted %s", d.len(), from.on.name())
	}
	if from.reversed && !slices.ContainsFunc(d.mirror, func(m int) bool { return m >= 0 }) {
		return nil, fault.Input("read rows", from.From, "generate with --prompt structured, or leave out --reversed", "no row has a reversed difference")
	}
	if err := d.join(job.Embeddings); err != nil {
		return nil, err
	}
	if from.alike != [2]float64{} {
		d.keepAlike(from.alike[0], cmp.Or(from.alike[1], 1))
	}
	d.count(textLen)
	d.control(from.control, from.seed)
	return d, nil
}

// sample finds the samples in the set: a row that follows one of the same pair
// with the images turned round is its reversed difference.
func (d *differences) sample() {
	for i := 0; i < d.set.Len(); i++ {
		d.first, d.mirror = append(d.first, i), append(d.mirror, -1)
		if i+1 < d.set.Len() && d.turned(i, i+1) {
			i++
			d.mirror[len(d.mirror)-1] = i
			continue
		}
	}
}

func (d *differences) turned(i, k int) bool {
	a, b := d.set.Images(i)
	c, e := d.set.Images(k)
	return d.set.PairID(i) == d.set.PairID(k) && a == e && b == c
}

// join finds the embedding rows of every sample.
func (d *differences) join(where string) error {
	d.a, d.b = make([]int32, d.len()), make([]int32, d.len())
	for i, row := range d.first {
		idA, idB := d.set.Images(row)
		a, okA := d.table.Row(idA)
		b, okB := -1, true
		if idB != "" {
			b, okB = d.table.Row(idB)
		}
		if !okA || !okB {
			missing := idA
			if okA {
				missing = idB
			}
			return fault.Input("read embeddings", where, "run pcclip embed on the images of this run", "image %q has no embedding", missing)
		}
		d.a[i], d.b[i] = int32(a), int32(b)
	}
	return nil
}

// count counts what the report tells of.
func (d *differences) count(textLen int) {
	for i, row := range d.first {
		if d.mirror[i] < 0 {
			d.oneWay++
		}
		if d.set.Length(row) > textLen {
			d.long++
		}
	}
}

// control breaks the data on purpose, for comparison.
func (d *differences) control(c Control, seed int64) {
	d.broken, d.seed = c, seed
	d.texts = make([]int, d.len())
	perm := order.New(uint64(d.len()), seed, "control/shuffled")
	for i := range d.texts {
		d.texts[i] = i
		if c == Shuffled {
			d.texts[i] = int(perm.At(uint64(i)))
		}
	}
}

// number gives every text of the set a number, the same to the same ids.
func (d *differences) number() {
	seen := map[string]int64{}
	d.alike = make([]int64, d.set.Len())
	for i := range d.alike {
		key := fmt.Sprint(d.set.Tokens(i))
		n, ok := seen[key]
		if !ok {
			n = int64(len(seen))
			seen[key] = n
		}
		d.alike[i] = n
	}
}
