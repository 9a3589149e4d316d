package dataset

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
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
	long := seen{
		Images:   []Image{{ID: "9", FileName: "a.jpg", License: "by", Width: 640, Height: 480}, {ID: "2", FileName: "b.jpg"}},
		Captions: []Caption{{"9#0", "9", "one"}, {"9#1", "9", "two"}, {"2#0", "2", "three"}, {"9#2", "9", "four"}},
	}
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
		"flickr tokens":   {"results.token", "1.jpg#0\tA dog .\r\n1.jpg#1\tDog\n\n2.jpg#0\tA cat\n", flickr},
		"flickr csv":      {"results.csv", "image_name| comment_number| comment\n1.jpg| 0|A dog .\n1.jpg| 1|Dog\n2.jpg| 0|A cat\n", flickr},
		"hf jsonl":        {"metadata.jsonl", `{"file_name":"d/a.png","text":"one"}` + "\n" + `{"file_name":"b.png","captions":["two","three"]}`, hf},
		"hf csv":          {"metadata.csv", "other,file_name,caption\n1,d/a.png,one\n", hfCSV},
		"a row a caption": {"t.csv", "Image_ID,filename,Caption,license,width,height\n9,a.jpg,one,by,640.0,480\n9,a.jpg,two,by,,\n2,b.jpg,three,,,\n9,a.jpg,four,,,\n", long},
		"ids of captions": {"t.jsonl", `{"filename":"1.jpg","imgid":1.0,"captions":[{"raw":"one"},{"raw":"two"}],"sentids":[7,8]}` + "\n", seen{
			Images: []Image{{ID: "1", FileName: "1.jpg"}}, Captions: []Caption{{"7", "1", "one"}, {"8", "1", "two"}},
		}},
		"a column a caption": {"t.csv", "filename,caption2,caption1,caption10\na.jpg,two,one,\n", seen{
			Images: []Image{{ID: "a.jpg", FileName: "a.jpg"}}, Captions: []Caption{{"a.jpg#0", "a.jpg", "one"}, {"a.jpg#1", "a.jpg", "two"}},
		}},
		"a list in a field": {"t.csv", "filename,raw\na.jpg,\"[\"\"one\"\",\"\"two\"\"]\"\n", seen{
			Images: []Image{{ID: "a.jpg", FileName: "a.jpg"}}, Captions: []Caption{{"a.jpg#0", "a.jpg", "one"}, {"a.jpg#1", "a.jpg", "two"}},
		}},
		"flickr, a bar short": {"results.csv", "image_name| comment_number| comment\n1.jpg| 4   A dog\n", seen{
			Images: []Image{{ID: "1.jpg", FileName: "1.jpg"}}, Captions: []Caption{{"1.jpg#4", "1.jpg", "   A dog"}},
		}},
		"bytes that are no UTF-8": {"r.token", "1.jpg#0\tA d\xffg\n", seen{
			Images: []Image{{ID: "1.jpg", FileName: "1.jpg"}}, Captions: []Caption{{"1.jpg#0", "1.jpg", "A d\ufffdg"}},
		}},
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

func TestKarpathyFilesNameTheirDataset(t *testing.T) {
	for name, want := range map[string]string{"flickr30k": "flickr30k", "coco": "coco", "": "custom", "../x": "custom"} {
		content := fmt.Sprintf(`{"images":[{"filename":"y.jpg","imgid":1,"sentences":[]}],"dataset":%q}`, name)
		src, err := Open(write(t, "d.json", content), Auto)
		if err != nil {
			t.Fatal(err)
		}
		if err := src.Scan(context.Background(), &seen{}); err != nil || src.Name() != want {
			t.Errorf("%q: got %q, %v", name, src.Name(), err)
		}
	}
}

func TestVisitorsErrorIsItsOwn(t *testing.T) {
	stop := errors.New("stop")
	for name, content := range map[string]string{
		"c.json": "{" + cocoImages + "," + cocoCaptions + "}", "r.token": "1.jpg#0\tA dog\n", "m.csv": "file_name,text\nx.png,one\n",
		"m.jsonl": `{"file_name":"x.png","text":"one"}` + "\n",
	} {
		src, err := Open(write(t, name, content), Auto)
		if err != nil {
			t.Fatal(err)
		}
		if err := src.Scan(context.Background(), stopper{stop}); err != stop { //nolint:errorlint // as it is
			t.Errorf("%s: got %v", name, err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := src.Scan(ctx, &seen{}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

type stopper struct{ err error }

func (s stopper) Image(Image) error     { return s.err }
func (s stopper) Caption(Caption) error { return s.err }

func TestFileThatChangesIsNoticed(t *testing.T) {
	path := write(t, "c.json", "{"+cocoImages+","+cocoCaptions+"}")
	src, err := Open(path, Auto)
	if err != nil {
		t.Fatal(err)
	}
	if err := src.Unchanged(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("{"+cocoImages+"}"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := src.Unchanged(); fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), "changed") {
		t.Errorf("got %v", err)
	}
}

func TestIDsOrderByValue(t *testing.T) {
	for _, c := range [][2]string{{"9", "10"}, {"10", "010"}, {"99", "a"}, {"a", "b"}, {"0", "1"}} {
		if CompareIDs(c[0], c[1]) >= 0 || CompareIDs(c[1], c[0]) <= 0 || CompareIDs(c[0], c[0]) != 0 {
			t.Errorf("%v", c)
		}
	}
}
