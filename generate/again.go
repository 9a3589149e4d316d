package generate

import (
	"github.com/pcclip/pcclip/generate/answers"
	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/prompts"
	"github.com/pcclip/pcclip/shards"
)

// malformed is the outcome of an answer that is not the JSON object that was
// asked for. It is useless, and asked for once more in the same conversation: at
// temperature 0 the same question would bring the same.
const malformed = shards.AnswerMalformed

// request gives what is asked about a pair now: the first question, or the
// second where a malformed answer to the first is stored.
func (r *run) request(p shards.Pair) (k answers.Key, q llm.Request, second bool, err error) {
	if k, q, err = r.key(p); err != nil || r.prompt.Schema() == nil || r.source.Standing(k) != answers.Useless {
		return k, q, false, err
	}
	a, err := r.source.settled(k)
	if err != nil || a.Outcome != malformed {
		return k, q, false, err
	}
	k, q, err = r.again(q, a.said, p.Replicate)
	return k, q, true, err
}

// again gives the second question, after a malformed answer.
func (r *run) again(q llm.Request, said string, replicate int) (answers.Key, llm.Request, error) {
	q.Messages = append(q.Messages[:len(q.Messages):len(q.Messages)],
		llm.Message{Role: "assistant", Content: said},
		llm.Message{Role: "user", Content: prompts.Again})
	k, err := Key(r.prompt.SHA256, q, replicate)
	return k, q, err
}

// askAgain puts the second question of a task in its place.
func (s *scheduler) askAgain(t *task, said string) {
	next := *t
	next.second, next.tries, next.limited, next.moved = true, 0, 0, 0
	var err error
	if next.key, next.request, err = s.r.again(t.request, said, t.pair.Replicate); err != nil {
		s.broken(err)
		return
	}
	if asked := s.tasks[next.key]; asked != nil { // for a pair with equal captions
		asked.blocks = append(asked.blocks, t.blocks...)
		return
	}
	s.tasks[next.key] = &next
	s.wait.add(&next)
}
