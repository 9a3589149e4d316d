package demo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/pcclip/pcclip/pipeline/dataset"
	"github.com/pcclip/pcclip/pipeline/demo/world"
	"github.com/pcclip/pcclip/train"
	"github.com/pcclip/pcclip/train/clip"
)

// pretrain trains the small CLIP on the world's own captions, or takes weights
// that an earlier demo made in the same way.
func (s *seedRun) pretrain(ctx context.Context) error {
	if _, _, err := clip.Read(s.at.base()); err == nil {
		return nil
	}
	o := s.options.Pretrain
	o.Seed = s.seed
	cached, err := s.cached(o)
	if err != nil {
		return err
	}
	if cached != "" && copyModel(cached, s.at.base()) == nil {
		return nil
	}
	images, err := dataset.OpenImages(s.at.images())
	if err != nil {
		return err
	}
	defer images.Close()
	bar := s.bar("pretrain", 0)
	defer bar.Done()
	report, err := train.Pretrain(ctx, train.PretrainJob{
		Config: Model(), Images: s.captioned(), Open: images.Open, Dir: s.at.pretrained(), Resume: true, Options: o,
	}, bar)
	if err != nil || cached == "" {
		return err
	}
	if err := copyModel(report.Model, cached); err != nil {
		s.board.Say("the pretrained weights could not be kept for the next demo: %v", err)
	}
	return nil
}

func (s *seedRun) captioned() []train.Captioned {
	var out []train.Captioned
	for _, split := range s.options.Splits {
		if split.Name != "pretrain" {
			continue
		}
		for i, img := range world.DrawSplit(s.seed, split) {
			out = append(out, train.Captioned{Name: world.FileName(split.Name, i), Captions: img.Captions[:]})
		}
	}
	return out
}

// cached gives the folder of the weights in the user's cache, named after what
// makes them; "" without a cache.
func (s *seedRun) cached(o train.PretrainOptions) (string, error) {
	if s.options.Cache == "" {
		return "", nil
	}
	torch, err := train.TorchVersion()
	if err != nil {
		return "", err
	}
	key, err := json.Marshal(map[string]any{
		"version": "demo/v1", "seed": s.seed, "splits": s.options.Splits, "model": Model(), "pretrain": o,
		"torch": torch, "platform": runtime.GOOS + "/" + runtime.GOARCH, "go": runtime.Version(),
	})
	if err != nil {
		return "", fmt.Errorf("name cached weights: %w", err)
	}
	sum := sha256.Sum256(key)
	return filepath.Join(s.options.Cache, hex.EncodeToString(sum[:8])), nil
}

// copyModel copies a model folder: aside, then renamed.
func copyModel(from, to string) error {
	config, weights, err := clip.Read(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return fmt.Errorf("copy model: %w", err)
	}
	tmp, err := os.MkdirTemp(filepath.Dir(to), ".model-*")
	if err != nil {
		return fmt.Errorf("copy model: %w", err)
	}
	defer os.RemoveAll(tmp)
	if err := clip.Save(tmp, config, weights); err != nil {
		return err
	}
	return errors.Join(os.Chmod(tmp, 0o755), os.RemoveAll(to), os.Rename(tmp, to))
}
