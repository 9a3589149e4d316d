package answers

import (
	"context"
	"fmt"
	"hash/crc32"
	"iter"
	"time"
)

// Settled gives the best answer of every request that is settled, failures too,
// in the order in which they came. It reads the file once from begin to end.
func (s *Store) Settled(ctx context.Context) iter.Seq2[Answer, error] {
	return func(yield func(Answer, error) bool) {
		fail := func(err error) { yield(Answer{}, explain("read answers", s.path, err)) }
		rows, err := s.db.QueryContext(ctx, `SELECT id, key, standing, outcome, attempt, endpoint, status, model, fingerprint, finish,
			prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens, latency_ms, received_ms, crc32c, body
			FROM answers WHERE standing >= ? ORDER BY id`, Failed)
		if err != nil {
			fail(err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			var a Answer
			var key []byte
			var id, latency, received, crc int64
			if err := rows.Scan(&id, &key, &a.Standing, &a.Outcome, &a.Attempt, &a.Endpoint, &a.Status, &a.Model, &a.Fingerprint, &a.Finish,
				&a.Prompt, &a.Cached, &a.Completion, &a.Reasoning, &latency, &received, &crc, &a.Body); err != nil {
				fail(err)
				return
			}
			if len(key) != len(Key{}) || crc != int64(crc32.Checksum(a.Body, castagnoli)) {
				fail(fmt.Errorf("%w: answer %d", ErrDamaged, id))
				return
			}
			a.Key, a.Latency, a.Received = Key(key), time.Duration(latency)*time.Millisecond, time.UnixMilli(received).UTC()
			if !s.best(a.Key, id) {
				continue
			}
			if !yield(a, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			fail(err)
		}
	}
}

// best tells whether an answer is the one that counts for its request.
func (s *Store) best(k Key, id int64) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.index.get(k).id == id
}
