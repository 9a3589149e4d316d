package experiment

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pcclip/pcclip/pipeline/finetune"
	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/train"
	"github.com/pcclip/pcclip/train/clip"
	"github.com/pcclip/pcclip/train/eval"
)

// Cell is one model on one seed.
type Cell struct {
	Key     string        `json:"key"`     // of everything that decides the scores
	Weights string        `json:"weights"` // digest
	Train   *train.Report `json:"train,omitempty"`
	Report  eval.Report   `json:"report"`
}

// cellVersion names how cells are made.
const cellVersion = "cell/v1"

// key digests what decides the scores of a model.
func (s *seedRun) key(exam *exam, of ...any) (string, error) {
	doc, err := json.Marshal([]any{cellVersion, exam.digest, exam.choice, of})
	if err != nil {
		return "", fmt.Errorf("name scores: %w", err)
	}
	sum := sha256.Sum256(doc)
	return hex.EncodeToString(sum[:]), nil
}

// kept gives a cell that an earlier call has finished; nil where there is none
// of this key.
func (s *seedRun) kept(name, key string) (*Cell, error) {
	b, err := os.ReadFile(s.files.Scores(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read scores: %w", err)
	}
	var c Cell
	if json.Unmarshal(b, &c) != nil || c.Key != key {
		return nil, nil // of another plan, or cut: it is made anew
	}
	return &c, nil
}

// score scores the model of a folder, or takes the scores that are there.
func (s *seedRun) score(ctx context.Context, exam *exam, name, folder string, report *train.Report) (*Cell, error) {
	_, weights, err := clip.Read(folder)
	if err != nil {
		return nil, err
	}
	digest := clip.Digest(weights)
	key, err := s.key(exam, digest)
	if err != nil {
		return nil, err
	}
	if c, err := s.kept(name, key); err != nil || c != nil {
		return c, err
	}
	enc, err := train.NewEncoder(ctx, s.encoder(folder))
	if err != nil {
		return nil, err
	}
	defer enc.Close()
	bar := s.bar("score "+name, 0)
	defer bar.Done()
	c := &Cell{Key: key, Weights: digest, Train: report}
	o := eval.Options{Pairs: exam.pairs, Choice: exam.choice, Seed: exam.seed, Items: true}
	c.Report, err = eval.Score(ctx, exam.items, eval.WithImages(train.NewScorer(enc, nil, bar), exam.images), o)
	if err != nil {
		return nil, err
	}
	return c, writeJSON(s.files.Scores(name), c)
}

// model trains a model, and scores it and its averages with the base.
func (s *seedRun) model(ctx context.Context, exam *exam, m Model) ([]*Cell, error) {
	done, err := s.trained(ctx, m)
	if err != nil {
		return nil, err
	}
	folder := s.files.Training(m.Name)
	c, err := s.score(ctx, exam, m.Name, filepath.Join(folder, "model"), done)
	if err != nil {
		return nil, err
	}
	cells := []*Cell{c}
	for _, alpha := range m.Average {
		out := filepath.Join(folder, averaged("model", alpha))
		if err := train.Average(s.ground.base(), filepath.Join(folder, "model"), alpha, out); err != nil {
			return nil, err
		}
		c, err := s.score(ctx, exam, averaged(m.Name, alpha), out, done)
		if err != nil {
			return nil, err
		}
		cells = append(cells, c)
	}
	return cells, nil
}

// trained trains a model, or gives the report of the training that is there.
func (s *seedRun) trained(ctx context.Context, m Model) (*train.Report, error) {
	job, err := s.job(m)
	if err != nil {
		return nil, err
	}
	key, err := s.trainKey(m, job)
	if err != nil {
		return nil, err
	}
	stamp := filepath.Join(job.Dir, "trained.json")
	var was struct {
		Key    string       `json:"key"`
		Report train.Report `json:"report"`
	}
	b, err := os.ReadFile(stamp)
	if err == nil && json.Unmarshal(b, &was) == nil {
		if was.Key == key {
			return &was.Report, nil
		}
		if err := os.RemoveAll(job.Dir); err != nil { // of another plan
			return nil, fmt.Errorf("train anew: %w", err)
		}
	}
	bar := s.bar("train "+m.Name, 0)
	defer bar.Done()
	was.Key = key
	if was.Report, err = train.Finetune(ctx, job, bar); err != nil {
		return nil, err
	}
	return &was.Report, writeJSON(stamp, was)
}

// job is the training of a model, resumable.
func (s *seedRun) job(m Model) (train.Job, error) {
	o, err := m.options(s.seed)
	if err != nil {
		return train.Job{}, err
	}
	job, err := finetune.Job(s.ground.run(s.data(m)), "", s.ground.base(), m.Name, o)
	if err != nil {
		return train.Job{}, err
	}
	job.Dir, job.Resume = s.files.Training(m.Name), true
	return job, nil
}

// trainKey digests what decides a training.
func (s *seedRun) trainKey(m Model, job train.Job) (string, error) {
	manifest, err := shards.SHA256(filepath.Join(s.ground.run(s.data(m)), "manifest.json"))
	if err != nil {
		return "", err
	}
	return s.key(&exam{}, manifest, filepath.Base(job.Embeddings), job.Options)
}

// data gives what a model trains on.
func (s *seedRun) data(m Model) Data {
	for _, d := range s.plan.Data {
		if d.Name == m.Data {
			return d
		}
	}
	return s.plan.Data[0]
}

func writeJSON(path string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return shards.WriteFile(path, append(b, '\n'))
}
