package world

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

// A world that another one half overwrote is made again, and so is one that
// lost a file or was left with an empty one.
func TestWriteFilesMendsABrokenWorld(t *testing.T) {
	splits := []Split{{"diff", 1, false}, {"val", 1, false}}
	image := filepath.Join("images", FileName("diff", 0))
	for name, harm := range map[string]func(t *testing.T, dir string){
		"overwritten": func(t *testing.T, dir string) {
			ctx, cancel := context.WithCancel(context.Background())
			if err := WriteFiles(ctx, dir, 2, splits, func(int64) { cancel() }); !errors.Is(err, context.Canceled) {
				t.Fatalf("got %v", err)
			}
		},
		"lost an image":  func(t *testing.T, dir string) { must(t, os.Remove(filepath.Join(dir, image))) },
		"empty image":    func(t *testing.T, dir string) { must(t, os.Truncate(filepath.Join(dir, image), 0)) },
		"empty captions": func(t *testing.T, dir string) { must(t, os.Truncate(filepath.Join(dir, "val.json"), 0)) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write := func() { must(t, WriteFiles(context.Background(), dir, 1, splits, func(int64) {})) }
			write()
			whole := contents(t, dir)
			harm(t, dir)
			if equal(whole, contents(t, dir)) {
				t.Fatal("nothing was harmed")
			}
			write()
			if !equal(whole, contents(t, dir)) {
				t.Error("the world is not what it was")
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// contents reads every file under a folder.
func contents(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	must(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		out[path], err = os.ReadFile(path)
		return err
	}))
	return out
}

func equal(a, b map[string][]byte) bool {
	for path := range a {
		if !bytes.Equal(a[path], b[path]) {
			return false
		}
	}
	return len(a) == len(b)
}

// The files hold the pixels and captions that Draw gives, and ids are unique
// over splits.
func TestWriteFilesHoldsTheWorld(t *testing.T) {
	dir := t.TempDir()
	splits := []Split{{"test", 3, false}, {"held", 2, true}}
	must(t, WriteFiles(context.Background(), dir, 5, splits, func(int64) {}))
	images, captions := map[int]bool{}, map[int]bool{}
	for _, split := range splits {
		b, err := os.ReadFile(filepath.Join(dir, split.Name+".json"))
		must(t, err)
		var file coco
		must(t, json.Unmarshal(b, &file))
		if len(file.Images) != split.Count || len(file.Annotations) != CaptionsPerImage*split.Count || len(file.Licenses) == 0 || file.Info["version"] == "" {
			t.Fatalf("%s: %s", split.Name, b)
		}
		for i, img := range file.Images {
			want := Draw(5, split, i)
			f, err := os.Open(filepath.Join(dir, "images", img.FileName))
			must(t, err)
			got, err := png.Decode(f)
			must(t, errors.Join(err, f.Close()))
			pixels := want.Pixels()
			for k := range Pixels * Pixels {
				r, g, b, _ := got.At(k%Pixels, k/Pixels).RGBA()
				if p := pixels[3*k:]; uint8(r>>8) != p[0] || uint8(g>>8) != p[1] || uint8(b>>8) != p[2] {
					t.Fatalf("%s: pixel %d differs", img.FileName, k)
				}
			}
			images[img.ID] = true
			for k, c := range want.Captions {
				if a := file.Annotations[CaptionsPerImage*i+k]; a.Caption != c || a.ImageID != img.ID {
					t.Errorf("caption %+v, want %q of %d", a, c, img.ID)
				}
			}
		}
		for _, a := range file.Annotations {
			captions[a.ID] = true
		}
	}
	if len(images) != 5 || len(captions) != 5*CaptionsPerImage {
		t.Errorf("%d image ids, %d caption ids", len(images), len(captions))
	}
}
