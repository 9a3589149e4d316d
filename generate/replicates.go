package generate

import (
	"encoding/json"

	"github.com/pcclip/pcclip/shards"
)

// replicated is a plan in which every pair comes several times in a row, for as
// many texts.
type replicated struct {
	Plan
	n int64
}

// Replicated repeats the pairs of a plan; n below 2 leaves it as it is.
func Replicated(p Plan, n int) Plan {
	if n < 2 {
		return p
	}
	return replicated{p, int64(n)}
}

func (p replicated) Len(split string) int64 { return p.n * p.Plan.Len(split) }

func (p replicated) Pair(split string, k int64) (shards.Pair, error) {
	pair, err := p.Plan.Pair(split, k/p.n)
	pair.Index, pair.Replicate = k, int(k%p.n)
	if pair.Replicate > 0 {
		pair.PairID = shards.ReplicateID(pair.PairID, pair.Replicate)
	}
	return pair, err
}

// seed gives the sampling seed of a replicate: with one and the same, all texts
// of a pair would be equal.
func (o Options) seed(replicate int) *int64 {
	if o.Seed == nil || replicate == 0 {
		return o.Seed
	}
	n := *o.Seed + int64(replicate)
	return &n
}

// replicatesOf reads the number of texts of each pair from a run's settings.
func replicatesOf(note []byte) (int, error) {
	var settings shards.Sampling
	err := json.Unmarshal(note, &settings)
	return max(1, settings.Replicates), err
}
