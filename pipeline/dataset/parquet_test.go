package dataset

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"github.com/pcclip/pcclip/shards/fault"
)

// The tables are pyarrow's: see testdata/make_tables.py.

func TestParquetWithLists(t *testing.T) {
	got, err := scan(t, "testdata/lists.parquet")
	if err != nil {
		t.Fatal(err)
	}
	want := seen{
		Images: []Image{
			{ID: "391895", FileName: "a.jpg", License: "by", Split: "train", Width: 640, Height: 480},
			{ID: "2", FileName: "d/b.jpg", Split: "val", Height: 1},
			{ID: "3", FileName: "c.jpg", License: "by-nc", Split: "test", Width: 10},
			{ID: "4", FileName: "e.jpg", License: "by", Split: "train", Width: 4, Height: 4},
		},
		Captions: []Caption{{"391895#0", "391895", " one "}, {"391895#1", "391895", "two"}, {"4#0", "4", "three"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestParquetWithImagesInside(t *testing.T) {
	got, err := scan(t, "testdata/nested.parquet")
	if err != nil {
		t.Fatal(err)
	}
	want := seen{
		Images:   []Image{{ID: "9", FileName: "a.jpg"}, {ID: "10", FileName: "b.jpg"}},
		Captions: []Caption{{"770337", "9", "A man."}, {"770338", "9", "A boy."}, {"5", "10", "A cat"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestParquetWithARowACaption(t *testing.T) {
	got, err := scan(t, "testdata/rows.parquet")
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Images) != 600 || len(got.Captions) != 3000 {
		t.Fatalf("%d images, %d captions", len(got.Images), len(got.Captions))
	}
	for i, c := range got.Captions {
		want := Caption{ID: fmt.Sprint(i), ImageID: fmt.Sprint(i / 5), Raw: fmt.Sprintf("caption %d", i)}
		if i%1000 == 7 {
			want.Raw = ""
		}
		if c != want {
			t.Fatalf("caption %d: got %+v, want %+v", i, c, want)
		}
	}
}

func TestDamagedParquet(t *testing.T) {
	whole, err := os.ReadFile("testdata/lists.parquet")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "t.parquet")
	for n := 4; n < len(whole); n += 97 {
		if err := os.WriteFile(path, whole[:n], 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := scan(t, path); fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), "damaged Parquet file") {
			t.Fatalf("cut to %d bytes: got %v", n, err)
		}
	}
	for at := 0; at < len(whole); at += 13 { // no flipped byte may crash the reader
		changed := append([]byte(nil), whole...)
		changed[at] ^= 0x55
		if err := os.WriteFile(path, changed, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := scan(t, path); err != nil && fault.ExitCode(err) != fault.Usage {
			t.Fatalf("byte %d changed: got %v", at, err)
		}
	}
}

func TestParquetWithLZ4IsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lz4.parquet")
	rows := []struct {
		FileName string `parquet:"file_name"`
		Caption  string `parquet:"caption"`
	}{{"a.jpg", "a dog"}}
	if err := parquet.WriteFile(path, rows, parquet.Compression(&parquet.Lz4Raw)); err != nil {
		t.Fatal(err)
	}
	if _, err := scan(t, path); fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), "is compressed with LZ4_RAW") {
		t.Error(err)
	}
}
