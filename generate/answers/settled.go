package answers

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"hash/crc32"
	"iter"
)

// Settled gives the best answer of every request that is settled, failures too,
// in the order in which they came: what the request and the answer were, and
// nothing of attempt, endpoint and times. It reads the file once from begin to end.
func (s *Store) Settled(ctx context.Context) iter.Seq2[Answer, error] {
	return func(yield func(Answer, error) bool) {
		fail := func(err error) { yield(Answer{}, explain("read answers", s.path, err)) }
		rows, err := s.db.QueryContext(ctx, `SELECT id, key, standing, outcome, status, model, fingerprint, finish,
			prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens, crc32c, body
			FROM answers WHERE standing >= ? ORDER BY id`, Failed)
		if err != nil {
			fail(err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			var a Answer
			var key, body sql.RawBytes
			var id, crc int64
			if err := rows.Scan(&id, &key, &a.Standing, &a.Outcome, &a.Status, &a.Model, &a.Fingerprint, &a.Finish,
				&a.Prompt, &a.Cached, &a.Completion, &a.Reasoning, &crc, &body); err != nil {
				fail(err)
				return
			}
			if len(key) != len(Key{}) || crc != int64(crc32.Checksum(body, castagnoli)) {
				fail(fmt.Errorf("%w: answer %d", ErrDamaged, id))
				return
			}
			if a.Key = Key(key); !s.best(a.Key, id) {
				continue
			}
			a.Body = bytes.Clone(body)
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
