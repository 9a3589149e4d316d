package generate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strconv"

	"github.com/pcclip/pcclip/generate/answers"
	"github.com/pcclip/pcclip/shards"
)

// seal writes the two files of a block whose pairs are all settled, and then
// its record. It reads everything back from the store, so a block that was
// asked for now and one that was answered last week give the same bytes.
func (r *run) seal(b *block) error {
	all, err := r.judgeBlock(b)
	if err != nil {
		return err
	}
	for _, j := range all {
		if j.answer.Standing < answers.Failed {
			return fmt.Errorf("read answers %s: nothing settles request %x", r.source.Path(), j.answer.Key)
		}
	}
	rec, accepted, rejected := r.sort(b, all)
	if err := r.writeBlock(b, rec, accepted, rejected); err != nil {
		return err
	}
	r.sealed(b, rec)
	return nil
}

// sort makes rows of the judged pairs of a block, in their order.
func (r *run) sort(b *block, all []judged) (rec *record, accepted, rejected []shards.Row) {
	rec = newRecord(b)
	for k, j := range all {
		if k == 0 {
			rec.First = j.pair.PairID
		}
		rec.Last = j.pair.PairID
		if j.answer.Standing == answers.Failed {
			rec.Failed = append(rec.Failed, j.pair.PairID)
			rec.FailReasons[j.answer.Outcome]++
			continue
		}
		g := j.ruling
		if r.rules.Distinct() {
			r.said.reject(r.rules, &g)
		}
		if r.judges != nil && g.verdict.Accepted() {
			r.judges.reject(j.pair.PairID, &g)
		}
		rec.add(g)
		if row := r.row(j.pair, g); g.verdict.Accepted() {
			rec.accept(&row)
			accepted = append(accepted, row)
		} else {
			rejected = append(rejected, row)
		}
	}
	return rec, accepted, rejected
}

func (r *run) writeBlock(b *block, rec *record, accepted, rejected []shards.Row) error {
	// The manifest is about to be out of date, and is written last.
	if err := os.Remove(r.file("manifest.json")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove old manifest: %w", err)
	}
	acceptedPath, rejectedPath := b.files()
	meta := map[string]string{
		"pcclip.split": b.split, "pcclip.block": strconv.Itoa(b.index), "pcclip.prompt_sha256": r.prompt.SHA256,
		"pcclip.model": r.o.Model, "pcclip.rules": r.ruledBy(),
	}
	for _, f := range []struct {
		path string
		rows []shards.Row
		info *shards.FileInfo
	}{{acceptedPath, accepted, &rec.Accepted}, {rejectedPath, rejected, &rec.Rejected}} {
		path := r.file(f.path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("write shard: %w", err)
		}
		info, err := r.codec.WriteRows(path, f.rows, meta)
		if err != nil {
			return fmt.Errorf("write shard: %w", err)
		}
		info.Path = f.path
		*f.info = info
	}
	doc, err := json.Marshal(rec)
	if err != nil {
		return fmt.Errorf("write record of a block: %w", err)
	}
	return r.source.Note(b.name(), doc)
}

// sealed takes a written block into the books and tells progress what it has
// not heard yet.
func (r *run) sealed(b *block, rec *record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.records[b.name()] = rec
	accepted, rejected, failed := rec.Accepted.Rows-b.accepted, rec.Rejected.Rows-b.rejected, int64(len(rec.Failed))-b.failed
	for reason, n := range rec.RejectReasons {
		r.reasons[reason] += n
	}
	for reason, n := range b.reasons {
		r.reasons[reason] -= n
	}
	maps.DeleteFunc(r.reasons, func(_ string, n int64) bool { return n == 0 })
	b.reasons = maps.Clone(rec.RejectReasons)
	b.accepted, b.rejected, b.failed = rec.Accepted.Rows, rec.Rejected.Rows, int64(len(rec.Failed))
	if accepted != 0 || rejected != 0 || failed != 0 {
		r.settled(accepted, rejected, failed)
	}
}

func (r *run) file(slash string) string { return filepath.Join(r.o.RunDir, filepath.FromSlash(slash)) }
