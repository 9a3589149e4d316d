package dataset

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pcclip/pcclip/shards/fault"
)

// seen is a Visitor that keeps everything.
type seen struct {
	Images   []Image
	Captions []Caption
}

func (s *seen) Image(i Image) error     { s.Images = append(s.Images, i); return nil }
func (s *seen) Caption(c Caption) error { s.Captions = append(s.Captions, c); return nil }

func write(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func scan(t *testing.T, path string) (seen, error) {
	t.Helper()
	src, err := Open(path, Auto)
	if err != nil {
		return seen{}, err
	}
	var s seen
	err = src.Scan(context.Background(), &s)
	return s, err
}

const (
	cocoImages   = `"images":[{"id":9,"file_name":"a.jpg","width":4,"height":3,"license":2,"flickr_url":"http://f/9"},{"file_name":"b.jpg","id":12345678901234567890,"license":4}]`
	cocoCaptions = `"annotations":[{"image_id":9,"id":1,"caption":" a dog "},{"id":2,"image_id":12345678901234567890,"caption":"two\ncats"}]`
)

var cocoWant = seen{
	Images: []Image{
		{ID: "9", FileName: "a.jpg", License: "2", URL: "http://f/9", Width: 4, Height: 3},
		{ID: "12345678901234567890", FileName: "b.jpg", License: "4"},
	},
	Captions: []Caption{{"1", "9", " a dog "}, {"2", "12345678901234567890", "two\ncats"}},
}

func TestEveryFormat(t *testing.T) {
	flickr := seen{
		Images:   []Image{{ID: "1.jpg", FileName: "1.jpg"}, {ID: "2.jpg", FileName: "2.jpg"}},
		Captions: []Caption{{"1.jpg#0", "1.jpg", "A dog ."}, {"1.jpg#1", "1.jpg", "Dog"}, {"2.jpg#0", "2.jpg", "A cat"}},
	}
	karpathy := seen{
		Images:   []Image{{ID: "391895", FileName: "val2014/x.jpg", Split: "train"}, {ID: "1", FileName: "y.jpg", Split: "test"}},
		Captions: []Caption{{"770337", "391895", "A man."}, {"5", "1", "A cat"}},
	}
	hf := seen{
		Images:   []Image{{ID: "d/a.png", FileName: "d/a.png"}, {ID: "b.png", FileName: "b.png"}},
		Captions: []Caption{{"d/a.png#0", "d/a.png", "one"}, {"b.png#0", "b.png", "two"}, {"b.png#1", "b.png", "three"}},
	}
	hfCSV := seen{Images: hf.Images[:1], Captions: hf.Captions[:1]}
	for name, c := range map[string]struct {
		file, content string
		want          seen
	}{
		"coco 2017":           {"c.json", `{"info":{"a":[1,{}]},"licenses":[],` + cocoImages + "," + cocoCaptions + "}", cocoWant},
		"coco, captions last": {"c.json", "{" + cocoCaptions + "," + cocoImages + `,"info":null}` + "\n", cocoWant},
		"coco, mark at start": {"c.json", "\ufeff{" + cocoImages + "," + cocoCaptions + "}", cocoWant},
		"karpathy": {"d.json", `{"dataset":"coco","images":[
			{"filepath":"val2014","filename":"x.jpg","imgid":0,"cocoid":391895,"split":"restval","sentids":[770337],"sentences":[{"tokens":["a"],"raw":"A man.","imgid":0,"sentid":770337}]},
			{"filename":"y.jpg","imgid":1,"split":"test","sentences":[{"raw":"A cat","sentid":5}]}]}`, karpathy},
		"flickr tokens": {"results.token", "1.jpg#0\tA dog .\r\n1.jpg#1\tDog\n\n2.jpg#0\tA cat\n", flickr},
		"flickr csv":    {"results.csv", "image_name| comment_number| comment\n1.jpg| 0|A dog .\n1.jpg| 1|Dog\n2.jpg| 0|A cat\n", flickr},
		"hf jsonl":      {"metadata.jsonl", `{"file_name":"d/a.png","text":"one"}` + "\n" + `{"file_name":"b.png","captions":["two","three"]}`, hf},
		"hf csv":        {"metadata.csv", "other,file_name,caption\n1,d/a.png,one\n", hfCSV},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := scan(t, write(t, c.file, c.content))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestGzip(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, "{"+cocoImages+","+cocoCaptions+"}")
	z.Close()
	got, err := scan(t, write(t, "c.json.gz", b.String()))
	if err != nil || !cmp.Equal(got, cocoWant) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestBadFiles(t *testing.T) {
	whole := "{" + cocoImages + "," + cocoCaptions + "}"
	for name, c := range map[string]struct{ content, want string }{
		"empty":             {"", "the file is empty"},
		"not JSON":          {"hello there", "not JSON, nor any other known form"},
		"broken JSON":       {`{"images":[{"id":1,,}]}`, "not JSON in the value at byte 11"},
		"cut in a string":   {whole[:60], "the JSON is cut off after byte 60;"},
		"cut after a value": {whole[:len(whole)-1], fmt.Sprintf("the JSON is cut off after byte %d;", len(whole)-1)},
		"an array":          {"[1,2]", "not a COCO captions file"},
		"two objects":       {whole + "{}", "something follows"},
		"instances":         {`{` + cocoImages + `,"annotations":[{"id":1,"image_id":9,"bbox":[1,2,3,4],"segmentation":[]}]}`, "COCO's instances file"},
		"keypoints":         {`{` + cocoImages + `,"annotations":[{"id":1,"image_id":9,"bbox":[1],"keypoints":[1]}]}`, "COCO's keypoints file"},
		"panoptic":          {`{` + cocoImages + `,"annotations":[{"image_id":9,"segments_info":[]}]}`, "COCO's panoptic file"},
		"image info":        {`{` + cocoImages + `}`, "image_info, of images without captions"},
		"no images":         {`{` + cocoCaptions + `}`, "no images in the file"},
		"id of a bad type":  {`{"images":[{"id":true,"file_name":"x"}]}`, "neither a number nor a string"},
		"no file name":      {`{"images":[{"id":1}],"annotations":[]}`, "an image without id or file_name"},
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, "captions.json", c.content)
			_, err := scan(t, path)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if fault.ExitCode(err) != fault.Usage || strings.Contains(err.Error(), "\n") {
				t.Errorf("exit code %d for %v", fault.ExitCode(err), err)
			}
		})
	}
	for _, path := range []string{filepath.Join(t.TempDir(), "missing.json"), t.TempDir()} {
		if _, err := Open(path, Auto); fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %v", path, err)
		}
	}
}

func TestVisitorsErrorEndsTheScan(t *testing.T) {
	stop := errors.New("stop")
	src, err := Open(write(t, "c.json", "{"+cocoImages+","+cocoCaptions+"}"), COCO)
	if err != nil {
		t.Fatal(err)
	}
	if err := src.Scan(context.Background(), stopper{stop}); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := src.Scan(ctx, &seen{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

type stopper struct{ err error }

func (s stopper) Image(Image) error     { return s.err }
func (s stopper) Caption(Caption) error { return s.err }

func TestStats(t *testing.T) {
	path := write(t, "captions.json", `{"annotations":[
		{"id":1,"image_id":1,"caption":"A dog. "},{"id":2,"image_id":1,"caption":"caf\u00e9"},{"id":3,"image_id":2,"caption":"two\nlines  here"},
		{"id":3,"image_id":2,"caption":""},{"id":5,"image_id":77,"caption":"lost"},{"id":6,"image_id":1,"caption":null}],
		"images":[{"id":1,"file_name":"in.jpg","license":1},{"id":2,"file_name":"../out.jpg","license":1},{"id":3,"file_name":"gone.jpg","license":4},{"id":3,"file_name":"gone.jpg"}]}`)
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
		Files:                  &Files{Present: 1, Missing: Dirt{1, "gone.jpg"}, Unsafe: Dirt{1, "../out.jpg"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNamesStayInTheImagesFolder(t *testing.T) {
	outside := write(t, "secret.jpg", "x")
	dir := t.TempDir()
	for link, to := range map[string]string{"link.jpg": outside, "up": ".."} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "in.jpg"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	images, err := OpenImages(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer images.Close()
	for _, name := range []string{"../secret.jpg", outside, "link.jpg", "up/secret.jpg", "a/../../x.jpg", ""} {
		f, err := images.Open(name)
		if err == nil {
			f.Close()
		}
		if fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), "leaves") {
			t.Errorf("%q: got %v", name, err)
		}
	}
	if _, err := images.Open("gone.jpg"); fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("got %v", err)
	}
	f, err := images.Open("in.jpg")
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
}

func TestIDsOrderByValue(t *testing.T) {
	for _, c := range [][2]string{{"9", "10"}, {"10", "010"}, {"99", "a"}, {"a", "b"}, {"0", "1"}} {
		if CompareIDs(c[0], c[1]) >= 0 || CompareIDs(c[1], c[0]) <= 0 || CompareIDs(c[0], c[0]) != 0 {
			t.Errorf("%v", c)
		}
	}
}

func FuzzScan(f *testing.F) {
	f.Add([]byte("{" + cocoImages + "," + cocoCaptions + "}"))
	f.Add([]byte("1.jpg#0\tA dog"))
	f.Add([]byte(`{"images":[{"filename":"y","imgid":1,"sentences":[{"raw":"A","sentid":5}]}]}`))
	f.Add([]byte("a| 0|b"))
	f.Add([]byte("file_name,text\nx.png,one"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for name, fn := range map[string]func(*bufio.Reader, Visitor) error{
			"json": scanJSON, "flickr": scanFlickr, "csv": scanCSV,
			"jsonl": func(r *bufio.Reader, v Visitor) error { return scanMetadata(r, "x.jsonl", v) },
		} {
			var s seen
			err := fn(bufio.NewReader(bytes.NewReader(data)), &s)
			if err == nil && slices.ContainsFunc(s.Images, func(i Image) bool { return i.ID == "" || i.FileName == "" }) {
				t.Fatalf("%s: an image without id or name: %+v", name, s.Images)
			}
		}
	})
}
