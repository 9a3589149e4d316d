package generate

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pcclip/pcclip/generate/check"
	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

// keepRules writes the file that the rules are from into the run, under their
// version: the run can be judged by it when the user's file has changed, and a
// release takes it along. Built-in rules have none.
func (r *run) keepRules() ([]shards.File, error) {
	slash, of := check.FileOf(r.rules.Version())
	if !of {
		return nil, nil
	}
	path, text := r.file(slash), r.rules.Source()
	if kept, err := os.ReadFile(path); err != nil || string(kept) != string(text) {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, fmt.Errorf("keep rules: %w", err)
		}
		if err := shards.WriteFile(path, text); err != nil {
			return nil, fmt.Errorf("keep rules: %w", err)
		}
	}
	sum := sha256.Sum256(text)
	info := shards.FileInfo{Path: slash, SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(text))}
	return []shards.File{{FileInfo: info, Kind: shards.KindRules}}, nil
}

// RulesNamed gives what names the rules of a version, as Options.Rules does: the
// name of a built-in set, or the path of the file that a folder, of a run or a
// release, keeps.
func RulesNamed(dir, version string) (string, error) {
	name, _ := ruledBefore(version)
	slash, of := check.FileOf(name)
	if !of {
		return name, nil
	}
	path := filepath.Join(dir, filepath.FromSlash(slash))
	rules, err := check.Load(path)
	if err != nil {
		return "", err
	}
	if rules.Version() != name {
		return "", fault.Input("read rules", path, "put it back as it was", "it is not the file that it is named after: someone changed it")
	}
	return path, nil
}
