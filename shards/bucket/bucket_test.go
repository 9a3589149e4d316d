package bucket

import (
	"errors"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/pcclip/pcclip/shards/fault"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// s3 starts a server that speaks S3's protocol and gives an address there.
func s3(t *testing.T) string {
	t.Helper()
	backend := s3mem.New()
	must(t, backend.CreateBucket("releases"))
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "never-written-anywhere")
	return "s3://releases/coco/1.0.0?region=us-east-1&use_path_style=true&endpoint=" + server.URL
}

// folder writes a small release.
func folder(t *testing.T) (dir string, files map[string]string) {
	t.Helper()
	dir, files = t.TempDir(), map[string]string{
		"manifest.json": "{}\n", "README.md": "card", "data/train-00000-of-00001.parquet": strings.Repeat("PAR1", 1000), "empty": "", "prompts/a b.txt": "é",
	}
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, []byte(text), 0o644))
	}
	return dir, files
}

func TestPut(t *testing.T) {
	for name, address := range map[string]func(t *testing.T) string{
		"memory": func(*testing.T) string { return "mem://" },
		"folder": func(t *testing.T) string { return "file://" + filepath.Join(t.TempDir(), "new", "place") },
		"S3":     s3,
	} {
		t.Run(name, func(t *testing.T) {
			b, err := Open(t.Context(), address(t))
			must(t, err)
			defer b.Close()
			dir, files := folder(t)
			var mu sync.Mutex
			var order []string
			put := func() error {
				return b.Put(t.Context(), dir, "manifest.json", func(name string, n int) {
					mu.Lock()
					defer mu.Unlock()
					if n != len(files) {
						t.Errorf("%d files", n)
					}
					order = append(order, name)
				})
			}
			there, err := b.Exists(t.Context(), "manifest.json")
			must(t, err)
			if there {
				t.Error("it is there before")
			}
			must(t, put())
			if len(order) != len(files) || order[len(order)-1] != "manifest.json" {
				t.Errorf("sent %v", order)
			}
			must(t, put()) // after a call that was stopped at the very end
			if d := cmp.Diff(files, read(t, b)); d != "" {
				t.Error(d)
			}
			there, err = b.Exists(t.Context(), "manifest.json")
			must(t, err)
			if !there {
				t.Error("it is not there")
			}
			must(t, os.WriteFile(filepath.Join(dir, "README.md"), []byte("drac"), 0o644))
			if err := put(); fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), "README.md") {
				t.Errorf("other bytes: %v", err)
			}
			if d := cmp.Diff(files, read(t, b)); d != "" {
				t.Error(d)
			}
		})
	}
}

func read(t *testing.T, b *Bucket) map[string]string {
	t.Helper()
	out := map[string]string{}
	for it := b.blob.List(nil); ; {
		o, err := it.Next(t.Context())
		if err != nil {
			return out
		}
		doc, err := b.blob.ReadAll(t.Context(), o.Key)
		must(t, err)
		out[o.Key] = string(doc)
	}
}

// A folder holds the files and nothing else.
func TestAFolderHoldsNothingElse(t *testing.T) {
	place := filepath.Join(t.TempDir(), "place")
	b, err := Open(t.Context(), "file://"+place)
	must(t, err)
	defer b.Close()
	dir, files := folder(t)
	must(t, b.Put(t.Context(), dir, "manifest.json", func(string, int) {}))
	var names []string
	must(t, filepath.WalkDir(place, func(path string, d os.DirEntry, err error) error {
		if !d.IsDir() {
			rel, _ := filepath.Rel(place, path)
			names = append(names, filepath.ToSlash(rel))
		}
		return err
	}))
	if d := cmp.Diff(slices.Sorted(maps.Keys(files)), names); d != "" {
		t.Error(d)
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, address := range []string{"s3://", "ftp://host/x", "https://user:secret@host/x", "s3://key:secret@releases/x", "gs:///x", "s3://b?colour=red", "://"} {
		_, err := Open(t.Context(), address)
		if fault.ExitCode(err) != fault.Usage || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestPutTellsWhatIsWrong(t *testing.T) {
	address := strings.Replace(s3(t), "releases", "nowhere", 1)
	b, err := Open(t.Context(), address)
	must(t, err)
	defer b.Close()
	dir, _ := folder(t)
	err = b.Put(t.Context(), dir, "manifest.json", func(string, int) {})
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != fault.Usage || strings.Contains(err.Error(), "never-written") {
		t.Errorf("no such bucket: %v", err)
	}
}
