package sample

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

type image struct {
	ID       int    `json:"id"`
	FileName string `json:"file_name"`
}

type caption struct {
	ID      int    `json:"id"`
	ImageID int    `json:"image_id"`
	Caption string `json:"caption"`
}

// captionsFile writes n images with three captions each, in an order of its own.
func captionsFile(t testing.TB, n int, shuffle uint64) string {
	t.Helper()
	var file struct {
		Images      []image   `json:"images"`
		Annotations []caption `json:"annotations"`
	}
	for i := range n {
		file.Images = append(file.Images, image{i, fmt.Sprintf("%d.jpg", i)})
		for k := range 3 {
			file.Annotations = append(file.Annotations, caption{10*i + k, i, fmt.Sprintf(" caption %d of %d ", k, i)})
		}
	}
	r := rand.New(rand.NewPCG(shuffle, 0))
	r.Shuffle(len(file.Images), func(a, b int) { file.Images[a], file.Images[b] = file.Images[b], file.Images[a] })
	r.Shuffle(len(file.Annotations), func(a, b int) { file.Annotations[a], file.Annotations[b] = file.Annotations[b], file.Annotations[a] })
	b, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "captions.json")
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func draw(t testing.TB, o Options) *Plan {
	t.Helper()
	p, err := Draw(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func options(path string) Options {
	o := Default()
	o.Captions, o.ImagesLimit, o.Pairs, o.ValidationShare = path, 40, 300, .2
	return o
}

func pairs(t testing.TB, p *Plan, split string) []shards.Pair {
	t.Helper()
	var out []shards.Pair
	for k := range p.Len(split) {
		pair, err := p.Pair(split, k)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, pair)
	}
	return out
}

func TestPlanIsWhatItPromises(t *testing.T) {
	p := draw(t, options(captionsFile(t, 100, 1)))
	splitOf := map[string]string{}
	unique := map[string]bool{}
	total := 0
	for _, split := range p.Splits() {
		for k, pair := range pairs(t, p, split) {
			total++
			if pair.Index != int64(k) || pair.Split != split || pair.ImageIDA == pair.ImageIDB || unique[pair.PairID] {
				t.Fatalf("pair %d of %s is %+v", k, split, pair)
			}
			unique[pair.PairID] = true
			for _, id := range []string{pair.ImageIDA, pair.ImageIDB} {
				if old := splitOf[id]; old != "" && old != split {
					t.Fatalf("image %s is in %s and %s", id, old, split)
				}
				splitOf[id] = split
			}
			if pair.FileNameA != pair.ImageIDA+".jpg" || !strings.HasSuffix(pair.CaptionA, " of "+pair.ImageIDA) || strings.TrimSpace(pair.CaptionB) != pair.CaptionB {
				t.Fatalf("pair %+v mixes images", pair)
			}
		}
	}
	if total != 300 || p.Len(Validation) != 60 && p.Len(Validation) != p.head.Space[Validation] || len(p.Images()) != 40 {
		t.Errorf("%d pairs, %d for validation, %d images", total, p.Len(Validation), len(p.Images()))
	}
}

func TestPlanDoesNotDependOnTheFilesOrder(t *testing.T) {
	a, b := draw(t, options(captionsFile(t, 100, 1))), draw(t, options(captionsFile(t, 100, 2)))
	if diff := cmp.Diff(pairs(t, a, Train), pairs(t, b, Train)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(a.Images(), b.Images()); diff != "" {
		t.Error(diff)
	}
}

func TestMorePairsGoFurtherAlongTheSameOrder(t *testing.T) {
	o := options(captionsFile(t, 100, 1))
	few := draw(t, o)
	o.Pairs = 900
	many := draw(t, o)
	for _, split := range few.Splits() {
		a, b := pairs(t, few, split), pairs(t, many, split)
		if len(b) < len(a) || !slices.Equal(a, b[:len(a)]) {
			t.Errorf("the plan of %s is no prefix of the longer one", split)
		}
	}
	o.Seed++
	if slices.Equal(pairs(t, many, Train), pairs(t, draw(t, o), Train)) {
		t.Error("two seeds, one plan")
	}
}

func TestOrderedPairsAreABijection(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint64Range(2, 60).Draw(t, "n")
		seen := map[[2]uint64]bool{}
		for x := range n * (n - 1) {
			a, b := ordered(x, n)
			if a == b || a >= n || b >= n || seen[[2]uint64{a, b}] {
				t.Fatalf("pair %d of %d items is (%d, %d)", x, n, a, b)
			}
			seen[[2]uint64{a, b}] = true
		}
	})
}

func TestMorePairsThanThereAre(t *testing.T) {
	o := options(captionsFile(t, 5, 1))
	o.Pairs, o.ValidationShare = 1000, 0
	p := draw(t, o)
	if s := p.Summary(); p.Len(Train) != 20 || s.Short != 980 {
		t.Errorf("%d pairs, %d short", p.Len(Train), s.Short)
	}
}

func TestPlanComesBackFromDisk(t *testing.T) {
	dir := t.TempDir()
	o := options(captionsFile(t, 100, 1))
	p := draw(t, o)
	if err := p.Write(dir); err != nil {
		t.Fatal(err)
	}
	before := files(t, dir)
	back, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, split := range p.Splits() {
		if diff := cmp.Diff(pairs(t, p, split), pairs(t, back, split)); diff != "" {
			t.Error(diff)
		}
	}
	if diff := cmp.Diff(p.Images(), back.Images()); diff != "" {
		t.Error(diff)
	}
	if err := draw(t, o).Write(dir); err != nil {
		t.Errorf("the same plan again: %v", err)
	}
	o.Seed = 5
	err = draw(t, o).Write(dir)
	if fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), "seed was 0, now 5") {
		t.Errorf("another plan: %v", err)
	}
	if diff := cmp.Diff(before, files(t, dir)); diff != "" {
		t.Error(diff)
	}
}

func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, name := range []string{planFile, imagesFile} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		out[name] = string(b)
	}
	return out
}

func TestLoadRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(dir string) error
		want  string
	}{
		"no plan":                   {func(dir string) error { return os.Remove(filepath.Join(dir, planFile)) }, "holds no plan"},
		"another version":           {func(dir string) error { return os.WriteFile(filepath.Join(dir, planFile), []byte("{}"), 0o644) }, "not a plan/v1"},
		"more pairs than there are": {func(dir string) error { return edit(dir, `"train": 300`, `"train": 900`) }, "it plans 900 pairs"},
		"no block":                  {func(dir string) error { return edit(dir, `"block_size": 4096`, `"block_size": 0`) }, "block_size is 0"},
		"changed images":            {func(dir string) error { return os.Truncate(filepath.Join(dir, imagesFile), 50) }, "not the file that the plan was made with"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			o := options(captionsFile(t, 20, 1))
			o.ValidationShare = 0
			if err := draw(t, o).Write(dir); err != nil {
				t.Fatal(err)
			}
			if err := c.spoil(dir); err != nil {
				t.Fatal(err)
			}
			_, err := Load(dir)
			if fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func edit(dir, old, new string) error {
	path := filepath.Join(dir, planFile)
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	changed := strings.Replace(string(b), old, new, 1)
	if changed == string(b) {
		return fmt.Errorf("%s not found in %s", old, b)
	}
	return os.WriteFile(path, []byte(changed), 0o644)
}

func TestOnlyImagesThatAreThereAreDrawn(t *testing.T) {
	o := options(captionsFile(t, 100, 1))
	o.ImagesDir = t.TempDir()
	if _, err := Draw(context.Background(), o); fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), "100 images with a caption have no file there") {
		t.Errorf("an empty folder: got %v", err)
	}
	for i := range 30 {
		if err := os.WriteFile(filepath.Join(o.ImagesDir, fmt.Sprintf("%d.jpg", 3*i)), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p := draw(t, o)
	if s := p.Summary(); len(p.Images()) != 30 || s.MissingImages != 70 {
		t.Errorf("%d images, %d passed over", len(p.Images()), s.MissingImages)
	}
	for _, img := range p.Images() {
		if _, err := os.Stat(filepath.Join(o.ImagesDir, img.FileName)); err != nil {
			t.Error(err)
		}
	}
}

func TestDrawRefuses(t *testing.T) {
	write := func(content string) string {
		path := filepath.Join(t.TempDir(), "c.json")
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	images := `{"images":[{"id":1,"file_name":"a"},{"id":2,"file_name":"b"}],"annotations":[`
	for name, c := range map[string]struct {
		content string
		strict  bool
		want    string
	}{
		"duplicate ids":   {`{"images":[{"id":7,"file_name":"a"},{"id":7,"file_name":"b"}],"annotations":[]}`, false, "image 7"},
		"one image":       {images + `{"id":1,"image_id":1,"caption":"x"},{"id":2,"image_id":2,"caption":" "}]}`, false, "1 images have a caption"},
		"unknown, strict": {images + `{"id":1,"image_id":1,"caption":"x"},{"id":2,"image_id":9,"caption":"y"}]}`, true, "1 captions of unknown images, the first of image 9"},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(write(c.content))
			o.Strict = c.strict
			_, err := Draw(context.Background(), o)
			if fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
	unknown := draw(t, options(write(images+`{"id":1,"image_id":1,"caption":"x"},{"id":2,"image_id":2,"caption":"y"},{"id":3,"image_id":9,"caption":"z"}]}`)))
	if n := unknown.Summary().UnknownImageCaptions; n != 1 {
		t.Errorf("%d captions of unknown images", n)
	}
}

// 600,000 captions of 120,000 images in one line: memory stays far below the
// file's size times what keeping it all would take.
func TestSamplingALargeFileTakesLittleMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 70 MB")
	}
	path := filepath.Join(t.TempDir(), "large.json")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	w.WriteString(`{"annotations":[`)
	for i := range 600_000 {
		fmt.Fprintf(w, `{"image_id":%d,"id":%d,"caption":"A caption of about the usual length, which is number %d in all."},`, i%120_000, i, i)
	}
	w.WriteString(`{"image_id":0,"id":600000,"caption":"x"}],"images":[`)
	for i := range 119_999 {
		fmt.Fprintf(w, `{"id":%d,"file_name":"%012d.jpg","license":3},`, i, i)
	}
	w.WriteString(`{"id":119999,"file_name":"last.jpg"}]}`)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	f.Close()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	o := Default()
	o.Captions = path
	p := draw(t, o)
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > 200<<20 {
		t.Errorf("the heap grew by %d MB", grown>>20)
	}
	if len(p.Images()) != 1000 || p.Len(Train) == 0 {
		t.Errorf("%d images", len(p.Images()))
	}
}

// Further captions stand beside the chosen one and change nothing else.
func TestTelling(t *testing.T) {
	p := draw(t, options(captionsFile(t, 60, 1)))
	for n, marks := range map[int]int{0: 0, 1: 0, 2: 0, 3: 1, 9: 1} {
		for k, pair := range pairs(t, p.Telling(n), Train) {
			if strings.Count(pair.MoreA, shards.CaptionMark) != marks || (pair.MoreA != "") != (n > 1) || strings.Contains(pair.MoreA, pair.CaptionA) {
				t.Fatalf("%d: %q beside %q", n, pair.MoreA, pair.CaptionA)
			}
			of := strings.Fields(pair.CaptionB)
			if n > 1 && !strings.Contains(pair.MoreB, "of "+of[len(of)-1]) {
				t.Fatalf("%q beside %q", pair.MoreB, pair.CaptionB)
			}
			pair.MoreA, pair.MoreB = "", ""
			if plain, err := p.Pair(Train, int64(k)); err != nil || plain != pair {
				t.Fatalf("%+v, %+v, %v", plain, pair, err)
			}
		}
	}
}
