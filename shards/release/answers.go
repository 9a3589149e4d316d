package release

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pcclip/pcclip/shards"
)

// answers writes what was said to every request behind a row, sorted by the
// request's key: an answer that several pairs share stands there once.
func (w *freezer) answers() error {
	if w.o.Answers == nil {
		return nil
	}
	earlier, err := w.o.Answers.Earlier()
	if err != nil {
		return err
	}
	for _, key := range earlier {
		w.keys[key] = struct{}{}
	}
	keys := slices.Sorted(maps.Keys(w.keys))
	files := (int64(len(keys)) + w.o.RowsPerFile - 1) / w.o.RowsPerFile
	index := 0
	for part := range slices.Chunk(keys, int(w.o.RowsPerFile)) {
		if err := w.answerFile(fmt.Sprintf("answers/answers-%05d-of-%05d.parquet", index, files), part); err != nil {
			return err
		}
		index++
	}
	return nil
}

func (w *freezer) answerFile(slash string, keys []string) error {
	if err := w.f.parent(slash); err != nil {
		return err
	}
	out, err := shards.Create[shards.Answer](w.f.path(slash), nil)
	if err != nil {
		return err
	}
	defer out.Abort() // nothing after Close
	for _, key := range keys {
		a, err := w.o.Answers.Answer(key)
		if err == nil {
			err = w.ctx.Err()
		}
		if err != nil {
			return err
		}
		if err := out.Write(a); err != nil {
			return err
		}
	}
	info, err := out.Close()
	if err != nil {
		return err
	}
	return w.f.add(info, "", shards.KindAnswers)
}
