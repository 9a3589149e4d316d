package answers

import (
	"database/sql"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"sync"
	"time"
)

const (
	groupSize = 256                    // answers of one commit at most
	groupWait = 100 * time.Millisecond // the first answer of a group waits at most so long
	queueSize = 4 * groupSize          // operations that wait for the writer; then Append blocks
)

// ErrClosed is what an Append after Close gets.
var ErrClosed = errors.New("the answer store is closed")

// Store is an open answer store. It is safe for concurrent use. Close it.
type Store struct {
	path string
	lock *os.File
	db   *sql.DB
	read *sql.Stmt

	sending sync.RWMutex // held for reading while an operation is handed over
	closed  bool
	ops     chan op
	ended   chan struct{} // closed by the writer

	mu      sync.RWMutex
	index   index
	rows    int64
	spent   Tokens
	spentAt map[string]Tokens // by endpoint; nil until somebody wants to know
}

// Tokens adds up what endpoints reported.
type Tokens struct{ Prompt, Cached, Completion, Reasoning int64 }

func (t *Tokens) add(prompt, cached, completion, reasoning *int64) {
	for _, x := range []struct{ to, from *int64 }{{&t.Prompt, prompt}, {&t.Cached, cached}, {&t.Completion, completion}, {&t.Reasoning, reasoning}} {
		if x.from != nil {
			*x.to += *x.from
		}
	}
}

// Open opens the store at path, or makes it. A store in use by another process
// is refused at once, naming that process; a damaged file is refused, naming
// the file (ErrDamaged), and left as it is. All keys are read into memory:
// about 30 bytes a request.
func Open(path string) (*Store, error) {
	held, err := lock(path + ".lock")
	if err != nil {
		return nil, err
	}
	s := &Store{path: path, lock: held, ops: make(chan op, queueSize), ended: make(chan struct{}), index: index{}}
	if s.db, err = open(path); err != nil {
		return nil, errors.Join(explain("open answers", path, err), unlock(held))
	}
	if err := s.load(); err != nil {
		return nil, errors.Join(explain("open answers", path, err), s.db.Close(), unlock(held))
	}
	go s.write()
	return s, nil
}

// load reads the keys. Ids run from 1 without gaps, since nothing is ever
// deleted: a gap is damage that SQLite did not notice.
func (s *Store) load() error {
	rows, err := s.db.Query("SELECT id, key, standing, prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens FROM answers ORDER BY id")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var key sql.RawBytes
		var standing Standing
		var prompt, cached, completion, reasoning *int64
		if err := rows.Scan(&id, &key, &standing, &prompt, &cached, &completion, &reasoning); err != nil {
			return err
		}
		if id != s.rows+1 || len(key) != len(Key{}) || standing < Passing || standing > Usable {
			return fmt.Errorf("%w: answer %d", ErrDamaged, s.rows+1)
		}
		s.rows = id
		s.index.learn(Key(key), entry{id, standing})
		s.spent.add(prompt, cached, completion, reasoning)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	s.read, err = s.db.Prepare(`SELECT key, standing, outcome, attempt, endpoint, status, model, fingerprint, finish,
		prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens, latency_ms, received_ms, crc32c, body FROM answers WHERE id = ?`)
	return err
}

// Path gives the path that the store was opened with.
func (s *Store) Path() string { return s.path }

// Rows counts the stored answers, all attempts.
func (s *Store) Rows() int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.rows
}

// Spent adds up the tokens of all stored answers, those of the useless ones too:
// they were paid for.
func (s *Store) Spent() Tokens {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.spent
}

// SpendByEndpoint makes SpentAt known, from now on; it reads all answers. Call it
// before the first Append.
func (s *Store) SpendByEndpoint() error {
	rows, err := s.db.Query(`SELECT endpoint, coalesce(sum(prompt_tokens), 0), coalesce(sum(cached_tokens), 0),
		coalesce(sum(completion_tokens), 0), coalesce(sum(reasoning_tokens), 0) FROM answers GROUP BY endpoint`)
	if err != nil {
		return explain("read answers", s.path, err)
	}
	defer rows.Close()
	all := map[string]Tokens{}
	for rows.Next() {
		var endpoint string
		var t Tokens
		if err := rows.Scan(&endpoint, &t.Prompt, &t.Cached, &t.Completion, &t.Reasoning); err != nil {
			return explain("read answers", s.path, err)
		}
		all[endpoint] = t
	}
	if err := rows.Err(); err != nil {
		return explain("read answers", s.path, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spentAt = all
	return nil
}

// SpentAt adds up the tokens of one endpoint's answers; see SpendByEndpoint.
func (s *Store) SpentAt(endpoint string) Tokens {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.spentAt[endpoint]
}

// Standing gives the standing of the best committed answer of a request.
func (s *Store) Standing(k Key) Standing {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.index.get(k).standing
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Get gives the best committed answer of a request; false where there is none.
// A body that changed on disk is ErrDamaged.
func (s *Store) Get(k Key) (Answer, bool, error) {
	s.mu.RLock()
	e := s.index.get(k)
	s.mu.RUnlock()
	if e.standing == Unasked {
		return Answer{}, false, nil
	}
	a := Answer{Key: k}
	var key []byte
	var latency, received, crc int64
	err := s.read.QueryRow(e.id).Scan(&key, &a.Standing, &a.Outcome, &a.Attempt, &a.Endpoint, &a.Status, &a.Model, &a.Fingerprint, &a.Finish,
		&a.Prompt, &a.Cached, &a.Completion, &a.Reasoning, &latency, &received, &crc, &a.Body)
	if err == nil && (string(key) != string(k[:]) || a.Standing != e.standing || crc != int64(crc32.Checksum(a.Body, castagnoli))) {
		err = fmt.Errorf("%w: answer %d", ErrDamaged, e.id)
	}
	if err != nil {
		return Answer{}, false, explain("read answers", s.path, err)
	}
	a.Latency, a.Received = time.Duration(latency)*time.Millisecond, time.UnixMilli(received).UTC()
	return a, true, nil
}

// Notes gives all notes.
func (s *Store) Notes() (map[string][]byte, error) {
	rows, err := s.db.Query("SELECT name, value FROM notes")
	if err != nil {
		return nil, explain("read notes", s.path, err)
	}
	defer rows.Close()
	out := map[string][]byte{}
	for rows.Next() {
		var name string
		var value []byte
		if err := rows.Scan(&name, &value); err != nil {
			return nil, explain("read notes", s.path, err)
		}
		out[name] = value
	}
	if err := rows.Err(); err != nil {
		return nil, explain("read notes", s.path, err)
	}
	return out, nil
}

// Close commits what waits, ends the writer and gives the file free. Later
// calls do nothing.
func (s *Store) Close() error {
	s.sending.Lock()
	if s.closed {
		s.sending.Unlock()
		return nil
	}
	s.closed = true
	close(s.ops)
	s.sending.Unlock()
	<-s.ended
	var busy, pages, moved int
	err := s.db.QueryRow("PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &moved)
	if err = errors.Join(err, s.read.Close(), s.db.Close(), unlock(s.lock)); err != nil {
		return explain("close answers", s.path, err)
	}
	return nil
}
