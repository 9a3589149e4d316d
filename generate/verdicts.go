package generate

import (
	"crypto/sha256"
	"encoding/binary"
	"sync"

	"github.com/pcclip/pcclip/generate/check"
	"github.com/pcclip/pcclip/prompts"
	"github.com/pcclip/pcclip/shards"
)

// verdicts keeps what the rules made of an answer when it came, until its block
// is written: the rules are the dearest step of a pair. A verdict follows from
// the answer and its captions alone, so one that is not here any more is made
// again. It is safe for concurrent use.
type verdicts struct {
	mu    sync.Mutex
	known map[[sha256.Size]byte]checked
}

type checked struct {
	answer  prompts.Answer
	verdict check.Verdict
}

// mostVerdicts bounds the memory, to some 10 MB.
const mostVerdicts = 1 << 14

func verdictKey(text string, p shards.Pair) [sha256.Size]byte {
	h := sha256.New()
	for _, s := range []string{text, p.CaptionA, p.MoreA, p.CaptionB, p.MoreB, p.Difference} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(s))))
		h.Write([]byte(s))
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// keep remembers a verdict, where there is room.
func (v *verdicts) keep(text string, p shards.Pair, c checked) {
	key := verdictKey(text, p)
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.known == nil {
		v.known = map[[sha256.Size]byte]checked{}
	}
	if len(v.known) < mostVerdicts {
		v.known[key] = c
	}
}

// take gives a remembered verdict and forgets it.
func (v *verdicts) take(text string, p shards.Pair) (checked, bool) {
	v.mu.Lock()
	empty := len(v.known) == 0
	v.mu.Unlock()
	if empty {
		return checked{}, false
	}
	key := verdictKey(text, p)
	v.mu.Lock()
	defer v.mu.Unlock()
	c, found := v.known[key]
	delete(v.known, key)
	return c, found
}
