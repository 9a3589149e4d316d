package sets

import (
	"bytes"
	"errors"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/clip/imageproc"
	"github.com/pcclip/pcclip/train/eval"
	"github.com/pcclip/pcclip/train/eval/sets/setstest"
)

// shared holds the small sets for tests that only read them.
var shared string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "sets")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		if err := setstest.Write(dir); err != nil {
			panic(err)
		}
		shared = dir
		return m.Run()
	}())
}

// own copies folders of the small sets into one of the test's.
func own(t *testing.T, folders ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range folders {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join(shared, name))); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func open(t *testing.T, dir string, o Options) *Data {
	t.Helper()
	d, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// one opens a single set with changed defaults.
func one(t *testing.T, dir, name string, change func(*Options)) (*Set, []eval.Item) {
	t.Helper()
	o := Default()
	o.Sets = []string{name}
	if change != nil {
		change(&o)
	}
	d := open(t, dir, o)
	if len(d.Sets) != 1 {
		t.Fatalf("missing: %v", d.Missing)
	}
	items, err := d.Sets[0].Items()
	if err != nil {
		t.Fatal(err)
	}
	return d.Sets[0], items
}

func compat(o *Options) { o.PaperCompat = true }

func TestOpenCountsTheOfficialLayouts(t *testing.T) {
	dir := shared
	o := Default()
	o.Sets = append(Known(), "pets", "nothing")
	d := open(t, dir, o)
	type counts struct {
		Name, Dir                  string
		Classes, Train, Valid, Tst int
	}
	var got []counts
	for _, s := range d.Sets {
		a, b, c := s.Count()
		got = append(got, counts{s.Name, s.Dir, len(s.Classes), a, b, c})
	}
	want := []counts{
		{"cifar100", "cifar-100-binary", 100, 600, 0, 200},
		{"cub", "CUB_200_2011", 6, 12, 0, 12},
		{"awa2", "Animals_with_Attributes2", 4, 0, 0, 20},
		{"flowers102", "flowers-102", 102, 102, 102, 204},
		{"eurosat", "EuroSAT_RGB", 10, 100, 0, 20},
		{"sun397", "SUN397", 4, 40, 0, 8},
		{"coco", "coco", 0, 0, 0, 5},
		{"pets", "pets", 2, 6, 0, 4},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(d.Missing) != 1 || d.Missing[0].Name != "nothing" || !strings.Contains(d.Missing[0].Reason, "no folder nothing") {
		t.Errorf("missing: %+v", d.Missing)
	}
}

func TestOpenNamesWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "flowers-102", "jpg"), 0o755); err != nil {
		t.Fatal(err)
	}
	d := open(t, dir, Default())
	var got []string
	for _, m := range d.Missing {
		got = append(got, m.Name)
		if m.Tree == "" || m.Reason == "" {
			t.Errorf("%s: no layout or reason", m.Name)
		}
		if m.Name == "flowers102" && m.Reason != "flowers-102/ has no imagelabels.mat" {
			t.Errorf("flowers102: %q", m.Reason)
		}
	}
	if !slices.Equal(got, Known()) || len(d.Sets) != 0 {
		t.Errorf("missing %v, found %d", got, len(d.Sets))
	}
}

func TestFoldersOfOtherNames(t *testing.T) {
	dir := own(t, "cifar-100-binary", "EuroSAT_RGB", "Animals_with_Attributes2", "coco")
	for from, to := range map[string]string{"cifar-100-binary": "cifar100", "EuroSAT_RGB": "2750", "Animals_with_Attributes2": "AwA2"} {
		if err := os.Rename(filepath.Join(dir, from), filepath.Join(dir, to)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"annotations", "val2017"} { // COCO unpacked at the top
		if err := os.Rename(filepath.Join(dir, "coco", name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	d := open(t, dir, Default())
	if len(d.Sets) != 4 {
		t.Fatalf("missing: %v", d.Missing)
	}
	for _, s := range d.Sets {
		f, err := d.Open(s.Images[len(s.Images)-1].Name)
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
}

func TestItemsMakeATaskFileWhoseImagesOpen(t *testing.T) {
	dir := shared
	for _, paper := range []bool{false, true} {
		o := Default()
		o.Sets, o.PaperCompat, o.Pairs, o.Seeds = append(Known(), "pets"), paper, 20, 2
		d := open(t, dir, o)
		var all []eval.Item
		for _, s := range d.Sets {
			items, err := s.Items()
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, items...)
		}
		var file bytes.Buffer
		if err := eval.WriteTasks(&file, all); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "tasks.jsonl")
		if err := os.WriteFile(path, file.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		read, err := eval.ReadTasks(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(all, read); diff != "" {
			t.Error(diff)
		}
		opened := map[string]bool{}
		for _, it := range all {
			for _, name := range []string{it.Image, it.ImageA, it.ImageB} {
				if name == "" || opened[name] {
					continue
				}
				opened[name] = true
				f, err := d.Open(name)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := imageproc.Decode(f, imageproc.DefaultLimits()); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				f.Close()
			}
		}
	}
}

func TestCIFARImagesHaveTheirPixels(t *testing.T) {
	dir := shared
	raw, err := os.ReadFile(filepath.Join(dir, "cifar-100-binary", "test.bin"))
	if err != nil {
		t.Fatal(err)
	}
	images, err := OpenImages(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer images.Close()
	f, err := images.Open("cifar-100-binary/test.bin#143")
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	record := raw[143*3074+2 : 144*3074]
	for y := range 32 {
		for x := range 32 {
			r, g, b, _ := img.At(x, y).RGBA()
			got := [3]byte{byte(r >> 8), byte(g >> 8), byte(b >> 8)}
			want := [3]byte{record[y*32+x], record[1024+y*32+x], record[2048+y*32+x]}
			if got != want {
				t.Fatalf("pixel %d,%d: %v, want %v", x, y, got, want)
			}
		}
	}
}

func TestImagesStayInside(t *testing.T) {
	dir := own(t, "coco", "cifar-100-binary")
	outside := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "link.png")); err != nil {
		t.Fatal(err)
	}
	images, err := OpenImages(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer images.Close()
	for name, want := range map[string]error{
		"../secret": ErrLeaves, outside: ErrLeaves, "link.png": ErrLeaves, "../x.bin#1": ErrLeaves,
		"coco": nil, "none.png": nil, "cifar-100-binary/test.bin#200": nil, "cifar-100-binary/test.bin#-1": nil, "coco/val2017/000000000700.jpg/x": nil,
	} {
		f, err := images.Open(name)
		if err == nil {
			f.Close()
			t.Errorf("%s opened", name)
			continue
		}
		if fault.ExitCode(err) != fault.Usage || want != nil && !errors.Is(err, want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestItemsFollowTheSeed(t *testing.T) {
	dir := shared
	write := func(seed int64) string {
		var out bytes.Buffer
		for _, name := range []string{"cifar100", "cub", "awa2", "eurosat"} {
			_, items := one(t, dir, name, func(o *Options) { o.Seed, o.Seeds, o.Pairs, o.Limit = seed, 2, 30, 50 })
			if err := eval.WriteTasks(&out, items); err != nil {
				t.Fatal(err)
			}
		}
		return out.String()
	}
	first := write(1)
	if write(1) != first {
		t.Error("the same seed gave other tasks")
	}
	if write(2) == first {
		t.Error("another seed gave the same tasks")
	}
}

func TestLimitKeepsEveryClass(t *testing.T) {
	_, items := one(t, shared, "cifar100", func(o *Options) { o.Limit = 150 })
	count := map[string]int{}
	for _, it := range items {
		if it.Kind == eval.KindClassify {
			count[it.Label]++
		}
	}
	total := 0
	for _, n := range count {
		total += n
	}
	if len(count) != 100 || total != 150 {
		t.Errorf("%d classes, %d images", len(count), total)
	}
}

func TestRetrievalHasFiveCaptionsInOrder(t *testing.T) {
	_, items := one(t, shared, "coco", nil)
	var got []string
	for _, it := range items {
		got = append(got, it.Image+" "+it.Text)
	}
	// The caption with the lowest id comes first; the sixth is left out.
	want := []string{
		"coco/val2017/000000000696.jpg caption 5 of image 4.", "coco/val2017/000000000696.jpg caption 4 of image 4.",
		"coco/val2017/000000000696.jpg caption 3 of image 4.", "coco/val2017/000000000696.jpg caption 2 of image 4.",
		"coco/val2017/000000000696.jpg caption 1 of image 4.", "coco/val2017/000000000697.jpg caption 5 of image 3.",
	}
	if len(got) != 25 || !slices.Equal(got[:6], want) {
		t.Errorf("%d items: %q", len(got), got[:6])
	}
}

func TestEuroSATTenthIsOfEachClass(t *testing.T) {
	dir := shared
	s, _ := one(t, dir, "eurosat", nil)
	per := make([]int, len(s.Classes))
	for _, i := range s.testImages(func(int) bool { return true }) {
		per[s.Images[i].Class]++
	}
	if slices.Min(per) != 2 || slices.Max(per) != 2 {
		t.Errorf("test images of each class: %v", per)
	}
}

func TestSUN397TakesTheOfficialPartition(t *testing.T) {
	dir := own(t, "SUN397")
	write := func(name string, lines ...string) {
		path := filepath.Join(dir, "Partitions", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.Join(lines, "\r\n")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var training, testing []string
	for _, class := range []string{"/a/abbey", "/a/apse/indoor", "/b/bistro/indoor", "/m/mountain_snowy"} {
		training = append(training, class+"/sun_3.jpg")
		testing = append(testing, class+"/sun_5.jpg", class+"/sun_7.jpg")
	}
	write("Training_01.txt", training...)
	write("Testing_01.txt", testing...)
	s, items := one(t, dir, "sun397", nil)
	a, _, c := s.Count()
	if a != 4 || c != 8 {
		t.Errorf("%d training, %d test images", a, c)
	}
	if i := slices.IndexFunc(items, func(it eval.Item) bool { return it.Image == "SUN397/a/apse/indoor/sun_7.jpg" }); i < 0 || items[i].Label != "apse/indoor" {
		t.Error("the label of an image of the partition is wrong")
	}
	write("Testing_01.txt", "/z/zoo/sun_1.jpg")
	_, err := Open(dir, Options{Sets: []string{"sun397"}, Seeds: 1})
	if fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), "line 1 is in no class") {
		t.Errorf("an image of no class: %v", err)
	}
}

func TestOpenedFilesAreReadable(t *testing.T) {
	dir := shared
	images, err := OpenImages(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer images.Close()
	f, err := images.Open("flowers-102/jpg/image_00001.jpg")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := os.ReadFile(filepath.Join(dir, "flowers-102/jpg/image_00001.jpg"))
	if !bytes.Equal(got, want) {
		t.Error("other bytes than the file's")
	}
}
