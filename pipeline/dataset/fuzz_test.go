package dataset

import (
	"bufio"
	"bytes"
	"slices"
	"testing"
)

func FuzzScan(f *testing.F) {
	f.Add([]byte("{" + cocoImages + "," + cocoCaptions + "}"))
	f.Add([]byte("1.jpg#0\tA dog"))
	f.Add([]byte(`{"images":[{"filename":"y","imgid":1,"sentences":[{"raw":"A","sentid":5}]}]}`))
	f.Add([]byte("a| 0|b"))
	f.Add([]byte("file_name,text\nx.png,one"))
	f.Add([]byte(`{"filename":"1.jpg","captions":["a",{"raw":"b"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for name, fn := range map[string]func(*bufio.Reader, *guarded) error{
			"json":     func(r *bufio.Reader, g *guarded) error { _, err := scanJSON(r, g); return err },
			"flickr":   func(r *bufio.Reader, g *guarded) error { return scanFlickr(r, g) },
			"metadata": func(r *bufio.Reader, g *guarded) error { return scanMetadata(r, g) },
		} {
			var s seen
			err := fn(bufio.NewReader(bytes.NewReader(data)), &guarded{v: &s})
			if err == nil && slices.ContainsFunc(s.Images, func(i Image) bool { return i.ID == "" || i.FileName == "" }) {
				t.Fatalf("%s: an image without id or name: %+v", name, s.Images)
			}
		}
	})
}
