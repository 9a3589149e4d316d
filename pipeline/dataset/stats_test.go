package dataset

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStats(t *testing.T) {
	path := write(t, "captions.json", `{"annotations":[
		{"id":1,"image_id":1,"caption":"A dog. "},{"id":2,"image_id":1,"caption":"caf\u00e9"},{"id":3,"image_id":2,"caption":"two\nlines  here"},
		{"id":3,"image_id":2,"caption":""},{"id":5,"image_id":77,"caption":"lost"},{"id":6,"image_id":1,"caption":null}],
		"licenses":[{"id":1,"name":"BY"},{"id":"x"}],"images":[{"id":1,"file_name":"in.jpg","license":1},{"id":2,"file_name":"../out.jpg","license":1},{"id":3,"file_name":"gone.jpg","license":4},{"id":3,"file_name":"gone.jpg"}]}`)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "in.jpg"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	images, err := OpenImages(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer images.Close()
	src, err := Open(path, Auto)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Stats(context.Background(), src, images)
	if err != nil {
		t.Fatal(err)
	}
	want := Report{
		Format: COCO, Images: 3, Captions: 6,
		CaptionsPerImage:       PerImage{Min: 2, Mean: 2.5, Max: 3, Histogram: map[int]int{0: 1, 2: 1, 3: 1}},
		ImagesWithoutCaption:   Dirt{1, "3"},
		CaptionsWithoutImage:   Dirt{1, "image 77"},
		DuplicateImageIDs:      Dirt{1, "3"},
		DuplicateCaptionIDs:    Dirt{1, "3"},
		EmptyCaptions:          Dirt{2, "3: "},
		LeadingOrTrailingSpace: Dirt{1, "1: A dog. "},
		Newlines:               Dirt{1, "3: two\nlines  here"},
		DoubleSpaces:           Dirt{1, "3: two\nlines  here"},
		NonASCII:               Dirt{1, "2: café"},
		Licenses:               map[string]int{"1": 2, "4": 1},
		LicenseNames:           map[string]string{"1": "BY"},
		Files:                  &Files{Present: 1, Missing: Dirt{1, "gone.jpg"}, MissingExamples: []string{"gone.jpg"}, Unsafe: Dirt{1, "../out.jpg"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
