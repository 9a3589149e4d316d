package answers

import (
	"database/sql"
	"errors"
	"hash/crc32"
	"time"
)

// op is one thing to write: an answer, or a note where name is set. done is
// called once, by the writer, after the commit or with the reason why there is
// none.
type op struct {
	answer Answer
	name   string
	value  []byte
	done   func(error)
}

// Append hands an answer to the writer; it blocks while too many wait. done is
// called after the commit, from another goroutine, and must not block or call
// the store's writing methods.
func (s *Store) Append(a Answer, done func(error)) { s.hand(op{answer: a, done: done}) }

// Note stores a small named value in place of an earlier one, and returns after
// the commit.
func (s *Store) Note(name string, value []byte) error {
	result := make(chan error, 1)
	s.hand(op{name: name, value: value, done: func(err error) { result <- err }})
	return <-result
}

func (s *Store) hand(o op) {
	s.sending.RLock()
	closed := s.closed
	if !closed {
		s.ops <- o
	}
	s.sending.RUnlock()
	if closed {
		o.done(ErrClosed)
	}
}

// write commits groups until the store is closed. After an error of the file
// nothing more is written: every later operation gets that error.
func (s *Store) write() {
	defer close(s.ended)
	var broken error
	for first := range s.ops {
		group, more := s.gather(first)
		if broken == nil {
			if err := s.commit(group); err != nil {
				broken = explain("write answers", s.path, err)
			}
		}
		for _, o := range group {
			o.done(broken)
		}
		if !more {
			return
		}
	}
}

// gather collects a group: until it is full, its time is up, a note comes
// (somebody waits for that) or the store is closed.
func (s *Store) gather(first op) (group []op, more bool) {
	group = append(group, first)
	if first.name != "" {
		return group, true
	}
	timer := time.NewTimer(groupWait)
	defer timer.Stop()
	for len(group) < groupSize {
		select {
		case o, ok := <-s.ops:
			if !ok {
				return group, false
			}
			group = append(group, o)
			if o.name != "" {
				return group, true
			}
		case <-timer.C:
			return group, true
		}
	}
	return group, true
}

const insert = `INSERT INTO answers (key, standing, outcome, attempt, endpoint, status, model, fingerprint, finish,
	prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens, latency_ms, received_ms, crc32c, body)
	VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`

func (s *Store) commit(group []op) error {
	tx, err := s.db.Begin()
	if err != nil {
		return err
	}
	ids, err := fill(tx, group)
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, o := range group {
		if o.name == "" {
			s.rows = ids[i]
			s.index.learn(o.answer.Key, entry{ids[i], o.answer.Standing})
			a := &o.answer
			if s.spentAt != nil {
				sum := s.spentAt[a.Endpoint]
				sum.add(a.Prompt, a.Cached, a.Completion, a.Reasoning)
				s.spentAt[a.Endpoint] = sum
			}
			s.spent.add(a.Prompt, a.Cached, a.Completion, a.Reasoning)
		}
	}
	return nil
}

func fill(tx *sql.Tx, group []op) ([]int64, error) {
	stmt, err := tx.Prepare(insert)
	if err != nil {
		return nil, err
	}
	defer stmt.Close()
	ids := make([]int64, len(group))
	for i, o := range group {
		if o.name != "" {
			if _, err := tx.Exec("INSERT INTO notes (name, value) VALUES (?,?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", o.name, bytesOf(o.value)); err != nil {
				return nil, err
			}
			continue
		}
		a := &o.answer
		body := bytesOf(a.Body)
		r, err := stmt.Exec(a.Key[:], a.Standing, a.Outcome, a.Attempt, a.Endpoint, a.Status, a.Model, a.Fingerprint, a.Finish,
			a.Prompt, a.Cached, a.Completion, a.Reasoning, a.Latency.Milliseconds(), a.Received.UnixMilli(), int64(crc32.Checksum(body, castagnoli)), body)
		if err != nil {
			return nil, err
		}
		if ids[i], err = r.LastInsertId(); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// bytesOf keeps an empty value from being stored as NULL.
func bytesOf(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
