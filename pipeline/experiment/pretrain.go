package experiment

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
// that an earlier experiment made in the same way.
func (w worldGround) pretrain(ctx context.Context) error {
	if _, _, err := clip.Read(w.base()); err == nil {
		return nil
	}
	o := w.options.Pretrain
	o.Seed = w.seed
	cached, err := w.cached(o)
	if err != nil {
		return err
	}
	if cached != "" && copyModel(cached, w.base()) == nil {
		return nil
	}
	images, err := dataset.OpenImages(w.images())
	if err != nil {
		return err
	}
	defer images.Close()
	bar := w.bar("pretrain", 0)
	defer bar.Done()
	report, err := train.Pretrain(ctx, train.PretrainJob{
		Config: SmallCLIP(), Images: w.captioned(), Open: images.Open, Dir: w.pretrained(), Resume: true, Options: o,
	}, bar)
	if err != nil || cached == "" {
		return err
	}
	if err := copyModel(report.Model, cached); err != nil {
		w.board.Say("the pretrained weights could not be kept for the next time: %v", err)
	}
	return nil
}

func (w worldGround) captioned() []train.Captioned {
	var out []train.Captioned
	for _, split := range w.options.Splits {
		if split.Name != "pretrain" {
			continue
		}
		for i, img := range world.DrawSplit(w.seed, split) {
			out = append(out, train.Captioned{Name: world.FileName(split.Name, i), Captions: img.Captions[:]})
		}
	}
	return out
}

// cached gives the folder of the weights in the user's cache, named after what
// makes them; "" without a cache.
func (w worldGround) cached(o train.PretrainOptions) (string, error) {
	if w.options.Cache == "" {
		return "", nil
	}
	torch, err := train.TorchVersion()
	if err != nil {
		return "", err
	}
	key, err := json.Marshal(map[string]any{
		"version": "demo/v1", "seed": w.seed, "splits": w.options.Splits, "model": SmallCLIP(), "pretrain": o,
		"torch": torch, "platform": runtime.GOOS + "/" + runtime.GOARCH, "go": runtime.Version(),
	})
	if err != nil {
		return "", fmt.Errorf("name cached weights: %w", err)
	}
	sum := sha256.Sum256(key)
	return filepath.Join(w.options.Cache, hex.EncodeToString(sum[:8])), nil
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
