package generate

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"sort"
	"sync"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

// Accepted is the plan of a judge: the accepted rows of a run, in the order of
// its shards. It reads a shard when one of its rows is asked for and keeps the
// last few.
type Accepted struct {
	dir    string
	splits []string
	files  map[string][]shards.File // of a split, in order
	from   map[string][]int64       // the first row of each

	mu   sync.Mutex
	kept []keptShard // the last one read stands last
}

type keptShard struct {
	path string
	rows []shards.Row
}

// keptShards bounds the shards in memory: the scheduler reads ahead of the
// sealer, by a few blocks at most.
const keptShards = 4

// ReadAccepted opens the plan of the accepted rows of a finished run.
func ReadAccepted(runDir string) (*Accepted, *shards.Manifest, error) {
	m, err := shards.ReadManifest(filepath.Join(runDir, "manifest.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fault.Input("judge", runDir, "run pcclip generate to its end first", "the run has no manifest")
	}
	if err != nil {
		return nil, nil, err
	}
	if m.Totals.Pending > 0 {
		return nil, nil, fault.Input("judge", runDir, "run pcclip generate to its end first", "%d pairs are pending", m.Totals.Pending)
	}
	if err := m.VerifyFiles(runDir); err != nil {
		return nil, nil, err
	}
	a := &Accepted{dir: runDir, files: map[string][]shards.File{}, from: map[string][]int64{}}
	rows := map[string]int64{}
	for _, f := range m.Files { // sorted by path
		if f.Kind != shards.KindAccepted {
			continue
		}
		if !slices.Contains(a.splits, f.Split) {
			a.splits = append(a.splits, f.Split)
		}
		a.files[f.Split], a.from[f.Split] = append(a.files[f.Split], f), append(a.from[f.Split], rows[f.Split])
		rows[f.Split] += f.Rows
	}
	return a, m, nil
}

// Splits names the splits that have rows.
func (a *Accepted) Splits() []string { return a.splits }

// Len gives the accepted rows of a split.
func (a *Accepted) Len(split string) int64 {
	last := len(a.files[split]) - 1
	if last < 0 {
		return 0
	}
	return a.from[split][last] + a.files[split][last].Rows
}

// BlockSize is the number of rows that are judged for one shard.
func (a *Accepted) BlockSize() int64 { return 4096 }

// Pair gives accepted row k of a split, with its difference.
func (a *Accepted) Pair(split string, k int64) (shards.Pair, error) {
	from := a.from[split]
	i := sort.Search(len(from), func(i int) bool { return from[i] > k }) - 1
	if i < 0 || k >= a.Len(split) {
		return shards.Pair{}, fmt.Errorf("%s has %d accepted rows", split, a.Len(split))
	}
	rows, err := a.shard(a.files[split][i].Path)
	if err != nil {
		return shards.Pair{}, err
	}
	r := rows[k-from[i]]
	return shards.Pair{
		Index: k, PairID: r.PairID, Split: split, Source: r.Source, ImageIDA: r.ImageIDA, ImageIDB: r.ImageIDB, FileNameA: r.FileNameA, FileNameB: r.FileNameB,
		CaptionIDA: r.CaptionIDA, CaptionIDB: r.CaptionIDB, CaptionA: r.CaptionA, CaptionB: r.CaptionB,
		ImageLicenseA: r.ImageLicenseA, ImageLicenseB: r.ImageLicenseB, Difference: r.Difference,
	}, nil
}

// shard gives the rows of a file.
func (a *Accepted) shard(path string) ([]shards.Row, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, k := range a.kept {
		if k.path == path {
			return k.rows, nil
		}
	}
	var rows []shards.Row
	for row, err := range shards.ReadRows(filepath.Join(a.dir, filepath.FromSlash(path))) {
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	if len(a.kept) == keptShards {
		a.kept = a.kept[1:]
	}
	a.kept = append(a.kept, keptShard{path, rows})
	return rows, nil
}
