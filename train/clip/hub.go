package clip

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/pcclip/pcclip/shards/fault"
)

// hubID is what names a model on the Hugging Face Hub: owner/name, and @revision
// where it is not the main one.
var hubID = regexp.MustCompile(`^([A-Za-z0-9][\w.-]*)/([A-Za-z0-9][\w.-]*)(?:@([\w.-]+))?$`)

// Resolve gives the folder or file of a model: path as it is where it exists,
// else the snapshot of a Hub id (owner/name, owner/name@revision, with or
// without hf-hub: before it) in the local Hub cache. Nothing is downloaded.
func Resolve(path string) (string, error) {
	if _, err := os.Stat(path); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return path, nil
	}
	id, named := strings.CutPrefix(path, "hf-hub:")
	parts := hubID.FindStringSubmatch(id)
	if parts == nil {
		if named {
			return "", fault.Input("read model", path, "a Hub id is owner/name", "no Hub id")
		}
		return path, nil // a missing path, which the reader names
	}
	repo := filepath.Join(hubCache(), "models--"+parts[1]+"--"+parts[2])
	snapshot, err := hubSnapshot(repo, parts[3])
	if err != nil {
		return "", notInHub(path, parts[1]+"/"+parts[2], parts[3])
	}
	return snapshot, nil
}

// hubSnapshot finds the folder of a revision: a branch or tag of refs, or a
// commit; "" is main.
func hubSnapshot(repo, revision string) (string, error) {
	if revision == "" {
		revision = "main"
	}
	if commit, err := os.ReadFile(filepath.Join(repo, "refs", revision)); err == nil {
		revision = strings.TrimSpace(string(commit))
	}
	folder := filepath.Join(repo, "snapshots", revision)
	if filepath.Dir(folder) != filepath.Join(repo, "snapshots") {
		return "", fs.ErrInvalid
	}
	if _, _, err := locateIn(folder); err != nil {
		return "", err
	}
	return folder, nil
}

// notInHub says how to get a model: the files of either layout.
func notInHub(path, id, revision string) error {
	command := "hf download " + id
	if revision != "" {
		command += " --revision " + revision
	}
	return fault.Input("read model", path, "get it with: "+command+" --include '*.json' --include '*.safetensors'",
		"no such file or folder, and no such model in the Hub cache %s", hubCache())
}

// hubCache gives the Hub's cache folder by the rules of huggingface_hub.
func hubCache() string {
	for _, name := range []string{"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"} {
		if dir := os.Getenv(name); dir != "" {
			return dir
		}
	}
	if home := os.Getenv("HF_HOME"); home != "" {
		return filepath.Join(home, "hub")
	}
	cache := os.Getenv("XDG_CACHE_HOME")
	if cache == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return filepath.Join(".cache", "huggingface", "hub")
		}
		cache = filepath.Join(home, ".cache")
	}
	return filepath.Join(cache, "huggingface", "hub")
}
