package generate

import (
	"fmt"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/pcclip/pcclip/generate/answers"
	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/shards"
)

// settled is the best answer to a request, read: its body is left out. A
// standing of Unasked means that there is none.
type settled struct {
	answers.Answer
	said string // the text as the model gave it
}

// source is where answers are read and notes are kept: the store of a run or, in
// a replay, what was recorded. It is safe for concurrent use.
type source interface {
	Path() string
	Standing(k answers.Key) answers.Standing
	settled(k answers.Key) (settled, error)
	Note(name string, value []byte) error
}

// live reads from the store of a run.
type live struct{ *answers.Store }

func (l live) settled(k answers.Key) (settled, error) {
	a, _, err := l.Get(k)
	if err != nil || a.Standing < answers.Useless {
		return settled{Answer: a}, err
	}
	return readStored(a)
}

// readStored reads the text of a stored answer.
func readStored(a answers.Answer) (settled, error) {
	read, err := llm.Read(a.Status, nil, a.Body)
	if a.Standing == answers.Usable && err != nil {
		return settled{}, fmt.Errorf("read answer %x: it is no usable one: %w", a.Key, err)
	}
	a.Body = nil
	return settled{a, read.Text}, nil // why it is useless is its outcome
}

// judged is a pair with what came of its request: nothing yet, a failure, or a
// ruling.
type judged struct {
	pair   shards.Pair
	answer settled
	ruling ruling // where the answer is whole
}

// judgeChunk is the number of pairs that one worker takes at a time.
const judgeChunk = 64

// judgeBlock reads and judges the answers of a block, on all cores. Rules that
// compare rows with each other come later: they need the order.
func (r *run) judgeBlock(b *block) ([]judged, error) {
	all := make([]judged, b.n)
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for from := int64(0); from < b.n; from += judgeChunk {
		g.Go(func() error {
			for k := from; k < min(from+judgeChunk, b.n); k++ {
				if err := r.judgePair(b, k, &all[k]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return all, g.Wait()
}

func (r *run) judgePair(b *block, k int64, j *judged) (err error) {
	if j.pair, err = r.plan.Pair(b.split, b.from+k); err != nil {
		return fmt.Errorf("read pair %d of %s: %w", b.from+k, b.split, err)
	}
	key, _, _, err := r.request(j.pair)
	if err != nil {
		return err
	}
	if j.answer, err = r.source.settled(key); err != nil {
		return err
	}
	j.answer.Key = key
	if j.answer.Standing >= answers.Useless {
		j.ruling = r.judge(j.answer, j.pair)
	}
	return nil
}
