package shards

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pcclip/pcclip/shards/fault"
)

// testRun writes two shards into a folder and gives the manifest of them.
func testRun(t *testing.T) (root string, m *Manifest) {
	t.Helper()
	root = t.TempDir()
	m = &Manifest{
		Tool: Tool{"pcclip", "1.0"},
		Run:  Run{Seed: 1<<62 + 1, Source: "coco", PromptID: "paper"},
		Splits: map[string]Count{
			"train": {Planned: 10, Accepted: 5, Rejected: 3, Failed: 1, Pending: 1}, "validation": {Planned: 2, Pending: 2},
		},
		Totals:        Count{Planned: 12, Accepted: 5, Rejected: 3, Failed: 1, Pending: 3},
		RejectReasons: map[string]int64{"too-long": 2, "refusal": 1},
		ModelsServed:  map[string]int64{"m<1>": 8}, Fingerprints: map[string]int64{},
		Tokens: Tokens{Prompt: 10, Completion: 20},
	}
	for _, f := range []struct {
		folder, kind string
		rows         int
	}{{"shards", KindAccepted, 5}, {"rejected", KindRejected, 3}} {
		if err := os.Mkdir(filepath.Join(root, f.folder), 0o755); err != nil {
			t.Fatal(err)
		}
		info, err := WriteRows(filepath.Join(root, f.folder, "train-part-00000.parquet"), sampleRows(f.rows), nil)
		if err != nil {
			t.Fatal(err)
		}
		if info, err = info.In(root); err != nil {
			t.Fatal(err)
		}
		m.Files = append(m.Files, File{FileInfo: info, Split: "train", Kind: f.kind})
	}
	return root, m
}

func TestManifestRoundTrip(t *testing.T) {
	root, m := testRun(t)
	path := filepath.Join(root, "manifest.json")
	if err := m.Write(path); err != nil {
		t.Fatal(err)
	}
	first, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadManifest(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(m, got); d != "" {
		t.Error(d)
	}
	if got.Files[0].Path != "rejected/train-part-00000.parquet" || !strings.Contains(string(first), `"m<1>": 8`) {
		t.Errorf("not canonical: %s", first)
	}
	if err := got.Write(path); err != nil {
		t.Fatal(err)
	}
	if second, err := os.ReadFile(path); err != nil || !bytes.Equal(first, second) {
		t.Errorf("other bytes the second time, %v", err)
	}
}

func TestManifestMustAddUp(t *testing.T) {
	cases := map[string]func(*Manifest){
		"split": func(m *Manifest) {
			m.Splits["train"] = Count{Planned: 11, Accepted: 5, Rejected: 3, Failed: 1, Pending: 1}
		},
		"totals":         func(m *Manifest) { m.Totals.Pending++ },
		"negative":       func(m *Manifest) { m.Splits["validation"] = Count{Planned: 2, Failed: -1, Pending: 3} },
		"reasons":        func(m *Manifest) { m.RejectReasons["refusal"] = 2 },
		"fail reasons":   func(m *Manifest) { m.FailReasons = map[string]int64{"timeout": 4} },
		"rows":           func(m *Manifest) { m.Files[0].Rows-- },
		"file missing":   func(m *Manifest) { m.Files = m.Files[:1] },
		"listed twice":   func(m *Manifest) { m.Files = append(m.Files, m.Files[0]) },
		"unknown split":  func(m *Manifest) { m.Files[0].Split = "test" },
		"outside":        func(m *Manifest) { m.Files[0].Path = "../a.parquet" },
		"absolute":       func(m *Manifest) { m.Files[0].Path = "/a.parquet" },
		"not plain":      func(m *Manifest) { m.Files[0].Path = "shards/./a.parquet" },
		"hash":           func(m *Manifest) { m.Files[0].SHA256 = "abc" },
		"no kind":        func(m *Manifest) { m.Files[0].Kind = "" },
		"negative bytes": func(m *Manifest) { m.Files[0].Bytes = -1 },
	}
	for name, spoil := range cases {
		root, m := testRun(t)
		if err := m.Validate(); err != nil {
			t.Fatal(err)
		}
		spoil(m)
		path := filepath.Join(root, "manifest.json")
		if m.Validate() == nil || m.Write(path) == nil {
			t.Errorf("%s: no error", name)
		}
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: written all the same", name)
		}
	}
}

func TestReadManifestRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "manifest.json")
	if _, err := ReadManifest(path); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	for name, doc := range map[string]string{
		"cut": `{"version": 1, "to`, "does not add up": `{"version": 1, "totals": {"planned": 1}}`, "unknown key": `{"version": 1, "extra": 1}`,
	} {
		if err := os.WriteFile(path, []byte(doc), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadManifest(path); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.WriteFile(path, []byte(`{"version": 7}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadManifest(path); fault.ExitCode(err) != fault.Usage {
		t.Error(err)
	}
}

func TestVerifyFiles(t *testing.T) {
	root, m := testRun(t)
	if err := m.VerifyFiles(root); err != nil {
		t.Fatal(err)
	}
	target := filepath.Join(root, filepath.FromSlash(m.Files[0].Path))
	whole, err := os.ReadFile(target)
	if err != nil {
		t.Fatal(err)
	}
	altered := append([]byte{}, whole...)
	altered[len(altered)/2] ^= 1
	for name, doc := range map[string][]byte{"altered": altered, "cut": whole[:50]} {
		if err := os.WriteFile(target, doc, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := m.VerifyFiles(root); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), m.Files[0].Path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.Remove(target); err != nil {
		t.Fatal(err)
	}
	if err := m.VerifyFiles(root); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	outside := filepath.Join(t.TempDir(), "whole")
	if err := os.WriteFile(outside, whole, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, target); err != nil {
		t.Fatal(err)
	}
	if m.VerifyFiles(root) == nil {
		t.Error("a link out of the run was followed")
	}
}

func FuzzReadManifest(f *testing.F) {
	f.Add([]byte(`{"version": 1, "totals": {}}`))
	f.Add([]byte(`{"version": 1, "splits": {"train": {"planned": 1, "pending": 1}}, "totals": {"planned": 1, "pending": 1}}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		path := filepath.Join(t.TempDir(), "manifest.json")
		if err := os.WriteFile(path, doc, 0o644); err != nil {
			t.Fatal(err)
		}
		m, err := ReadManifest(path)
		if err != nil {
			return
		}
		if err := m.Write(path); err != nil {
			t.Fatal(err)
		}
		again, err := ReadManifest(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(m, again); d != "" {
			t.Error(d)
		}
	})
}
