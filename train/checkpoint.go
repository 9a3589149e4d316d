package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

// State is state.json of a checkpoint folder `step-00000100`. Beside it lie the
// model in open_clip's form (open_clip_config.json, open_clip_model.safetensors)
// and optimizer.safetensors with `exp_avg.NAME`, `exp_avg_sq.NAME` and, with a
// running average, `average.NAME` for each trained parameter, `value.NAME` for
// those that are not the model's own. The folder is written aside and renamed: a folder of that
// name is complete.
type State struct {
	Version    string            `json:"version"`
	Step       int               `json:"step"` // optimiser steps done
	Options    json.RawMessage   `json:"options"`
	BaseDigest string            `json:"base_digest"` // weights the training started from
	DataDigest string            `json:"data_digest"` // what the samples were read from
	SHA256     map[string]string `json:"sha256"`      // of the other files of the folder
	Updates    int               `json:"updates"`     // steps that changed the weights
	Counts
}

// Counts are what a training has met so far.
type Counts struct {
	Nonfinite int   `json:"nonfinite,omitempty"` // steps passed over because loss or gradient were not finite
	Rollbacks int   `json:"rollbacks,omitempty"`
	Best      *Best `json:"best,omitempty"` // nil before the first validation
}

// Best is the best model by the validation rows so far, kept in dir/best.
type Best struct {
	Step   int     `json:"step"`
	Metric string  `json:"metric"` // "loss" or "top1"
	Value  float64 `json:"value"`
}

const (
	stateVersion  = "checkpoint/v2"
	optimiserFile = "optimizer.safetensors"
)

// ErrDamaged says that a checkpoint's files do not match its state.
var ErrDamaged = errors.New("checkpoint is damaged")

func stepFolder(step int) string { return fmt.Sprintf("step-%08d", step) }

// writeCheckpoint fills a new folder by fill, which may add to state, adds
// state.json with the hashes of what fill wrote, syncs and renames it to dir/step-N, then removes all but
// the newest keep folders (0 keeps all).
func writeCheckpoint(dir string, state *State, keep int, fill func(folder string) error) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write checkpoint: %w", err)
	}
	tmp, err := os.MkdirTemp(dir, ".step-*")
	if err != nil {
		return fmt.Errorf("write checkpoint: %w", err)
	}
	defer os.RemoveAll(tmp)
	if err := fill(tmp); err != nil {
		return fmt.Errorf("write checkpoint: %w", err)
	}
	state.Version = stateVersion
	if state.SHA256, err = hashFolder(tmp); err != nil {
		return fmt.Errorf("write checkpoint: %w", err)
	}
	b, err := json.MarshalIndent(state, "", "  ")
	if err != nil {
		return fmt.Errorf("write checkpoint: %w", err)
	}
	if err := writeSynced(filepath.Join(tmp, "state.json"), append(b, '\n')); err != nil {
		return fmt.Errorf("write checkpoint: %w", err)
	}
	if err := os.Chmod(tmp, 0o755); err != nil {
		return fmt.Errorf("write checkpoint: %w", err)
	}
	target := filepath.Join(dir, stepFolder(state.Step))
	if err := errors.Join(os.RemoveAll(target), os.Rename(tmp, target), syncFolder(dir)); err != nil {
		return fmt.Errorf("write checkpoint: %w", err)
	}
	return prune(dir, keep)
}

// newestCheckpoint gives the newest checkpoint whose hashes are right, and the
// folders of damaged newer ones. It gives "" where there is none.
func newestCheckpoint(dir string) (folder string, state State, damaged []string, err error) {
	folders, err := checkpoints(dir)
	if err != nil {
		return "", State{}, nil, err
	}
	for _, f := range slices.Backward(folders) {
		state, err := readState(f)
		if err == nil {
			return f, state, damaged, nil
		}
		if !errors.Is(err, ErrDamaged) {
			return "", State{}, nil, err
		}
		damaged = append(damaged, f)
	}
	return "", State{}, damaged, nil
}

func readState(folder string) (State, error) {
	var s State
	b, err := os.ReadFile(filepath.Join(folder, "state.json"))
	if err != nil {
		return s, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err := json.Unmarshal(b, &s); err != nil || s.Version == "" || len(s.SHA256) == 0 {
		return s, fmt.Errorf("%w: state.json is no %s", ErrDamaged, stateVersion)
	}
	if s.Version != stateVersion {
		return s, fault.Input("resume", folder, "go on with the pcclip that began it, or take another --name", "written as %s, not %s", s.Version, stateVersion)
	}
	sums, err := hashFolder(folder)
	if err != nil {
		return s, err
	}
	for name, want := range s.SHA256 {
		if sums[name] != want {
			return s, fmt.Errorf("%w: %s does not match its hash", ErrDamaged, filepath.Join(folder, name))
		}
	}
	return s, nil
}

func checkpoints(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list checkpoints: %w", err)
	}
	var out []string
	for _, e := range entries { // ReadDir sorts by name, which is by step
		if e.IsDir() && strings.HasPrefix(e.Name(), "step-") {
			out = append(out, filepath.Join(dir, e.Name()))
		}
	}
	return out, nil
}

// sweep removes folders that a killed process was filling.
func sweep(dir string) error {
	for _, pattern := range []string{".step-*", ".model-*"} {
		left, err := fs.Glob(os.DirFS(dir), pattern)
		if err != nil {
			return fmt.Errorf("list leftovers: %w", err)
		}
		for _, name := range left {
			if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
				return fmt.Errorf("remove leftovers: %w", err)
			}
		}
	}
	return nil
}

func prune(dir string, keep int) error {
	folders, err := checkpoints(dir)
	if err != nil || keep == 0 || len(folders) <= keep {
		return err
	}
	for _, f := range folders[:len(folders)-keep] {
		if err := os.RemoveAll(f); err != nil {
			return fmt.Errorf("remove old checkpoint: %w", err)
		}
	}
	return nil
}

func hashFolder(folder string) (map[string]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("hash checkpoint: %w", err)
	}
	sums := map[string]string{}
	for _, e := range entries {
		if e.Name() == "state.json" || !e.Type().IsRegular() {
			continue
		}
		if sums[e.Name()], err = shards.SHA256(filepath.Join(folder, e.Name())); err != nil {
			return nil, err
		}
	}
	return sums, nil
}

func writeSynced(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
