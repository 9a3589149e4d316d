package clip

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/shards/fault"
)

// hubWith makes a Hub cache as huggingface_hub lays it out: a snapshot of links
// into blobs, and a ref that names it.
func hubWith(t *testing.T, id, ref, commit string) string {
	t.Helper()
	cache := t.TempDir()
	repo := filepath.Join(cache, "models--"+strings.ReplaceAll(id, "/", "--"))
	snapshot := filepath.Join(repo, "snapshots", commit)
	for _, dir := range []string{filepath.Join(repo, "refs"), filepath.Join(repo, "blobs"), snapshot} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(repo, "refs", ref), []byte(commit), 0o644); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{OpenCLIPConfig, openCLIPWeights} {
		b, err := os.ReadFile(filepath.Join("testdata", "parity", "gelu", name))
		if err != nil {
			t.Fatal(err)
		}
		blob := []string{"aa", "bb"}[i]
		if err := os.WriteFile(filepath.Join(repo, "blobs", blob), b, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join("..", "..", "blobs", blob), filepath.Join(snapshot, name)); err != nil {
			t.Fatal(err)
		}
	}
	return cache
}

// noHub takes the machine's own Hub folders out of sight.
func noHub(t *testing.T) {
	for _, name := range []string{"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", t.TempDir())
}

func TestHubIDs(t *testing.T) {
	const commit = "0123456789abcdef0123456789abcdef01234567"
	_, want, err := Read(filepath.Join("testdata", "parity", "gelu"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ variable, under, ref, id string }{
		{"HF_HUB_CACHE", "", "main", "some/model"},
		{"HUGGINGFACE_HUB_CACHE", "", "main", "hf-hub:some/model"},
		{"HF_HOME", "hub", "v2", "some/model@v2"},
		{"XDG_CACHE_HOME", "huggingface/hub", "main", "some/model@" + commit},
		{"HOME", ".cache/huggingface/hub", "main", "some/model"},
	} {
		noHub(t)
		cache := hubWith(t, "some/model", c.ref, commit)
		outer := t.TempDir()
		if c.under == "" {
			outer = cache
		} else if err := os.MkdirAll(filepath.Dir(filepath.Join(outer, c.under)), 0o755); err != nil {
			t.Fatal(err)
		} else if err := os.Symlink(cache, filepath.Join(outer, c.under)); err != nil {
			t.Fatal(err)
		}
		t.Setenv(c.variable, outer)
		_, got, err := Read(c.id)
		if err != nil || Digest(got) != Digest(want) {
			t.Errorf("%s=%s: %v", c.variable, c.id, err)
		}
	}
}

func TestMissingHubIDsNameTheCommand(t *testing.T) {
	noHub(t)
	t.Setenv("HF_HUB_CACHE", hubWith(t, "some/model", "main", "abc"))
	for id, want := range map[string]string{
		"other/model":       "hf download other/model --include",
		"some/model@v9":     "hf download some/model --revision v9 ",
		"some/model@..":     "hf download",
		"hf-hub:x":          "a Hub id is owner/name",
		"./not/there":       "no such file or folder",
		"three/parts/given": "no such file or folder",
	} {
		_, _, err := Read(id)
		if err == nil || !strings.Contains(err.Error(), want) || fault.ExitCode(err) != fault.Usage {
			t.Errorf("%s: %v, not %q", id, err, want)
		}
	}
}
