package dataset

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// id is an id as the file writes it: a string, or a number whose digits are kept.
type id string

// UnmarshalJSON takes a string or a number.
func (i *id) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*i = id(s)
		return nil
	}
	var n json.Number
	if err := json.Unmarshal(b, &n); err != nil {
		return fmt.Errorf("id %s is neither a number nor a string", bytes.TrimSpace(b))
	}
	*i = id(n)
	return nil
}

// entry is an image of COCO's files, or of Karpathy's, where Sentences is set.
type entry struct {
	ID        id     `json:"id"`
	FileName  string `json:"file_name"`
	Width     int    `json:"width"`
	Height    int    `json:"height"`
	License   id     `json:"license"`
	COCOURL   string `json:"coco_url"`
	FlickrURL string `json:"flickr_url"`

	Filename  string     `json:"filename"`
	Filepath  string     `json:"filepath"`
	ImgID     id         `json:"imgid"`
	COCOID    id         `json:"cocoid"`
	Split     string     `json:"split"`
	Sentences []sentence `json:"sentences"`
}

type sentence struct {
	Raw    string `json:"raw"`
	SentID id     `json:"sentid"`
}

// annotation is a caption; the other fields tell what else a file may hold.
type annotation struct {
	ID           id              `json:"id"`
	ImageID      id              `json:"image_id"`
	Caption      *string         `json:"caption"`
	Keypoints    json.RawMessage `json:"keypoints"`
	SegmentsInfo json.RawMessage `json:"segments_info"`
	BBox         json.RawMessage `json:"bbox"`
}

// kind names the COCO file that an annotation without caption comes from.
func (a annotation) kind() string {
	switch {
	case a.Keypoints != nil:
		return "keypoints"
	case a.SegmentsInfo != nil:
		return "panoptic"
	case a.BBox != nil:
		return "instances"
	}
	return ""
}

// scanJSON streams a COCO captions file or one of Karpathy's: one object, its
// keys in any order, memory for one element at a time.
func scanJSON(r *bufio.Reader, v Visitor) error {
	count := &countingReader{r: r}
	dec := json.NewDecoder(count)
	s := &jsonScan{dec: dec, v: v, read: count}
	if err := s.object(); err != nil {
		return s.place(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("byte %d: something follows the end of the JSON object", dec.InputOffset())
	}
	if !s.images {
		return errors.New("no images in the file: not a COCO captions file")
	}
	if !s.annotations && !s.sentences {
		return errors.New("no annotations in the file: this is COCO's image_info, of images without captions")
	}
	return nil
}

// countingReader counts what the decoder has taken.
type countingReader struct {
	r io.Reader
	n int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

type jsonScan struct {
	dec                            *json.Decoder
	read                           *countingReader
	v                              Visitor
	images, annotations, sentences bool
	visiting                       bool // an error comes from the visitor
}

// place says where in the file an error of the JSON itself lies.
func (s *jsonScan) place(err error) error {
	var syntax *json.SyntaxError
	switch {
	case s.visiting:
		return err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the JSON is cut off after byte %d", s.read.n)
	case errors.As(err, &syntax): // its own offset is wrong after Token
		return fmt.Errorf("not JSON in the value at byte %d: %w", s.dec.InputOffset(), err)
	}
	return fmt.Errorf("byte %d: %w", s.dec.InputOffset(), err)
}

func (s *jsonScan) object() error {
	if err := s.expect('{'); err != nil {
		return err
	}
	for s.dec.More() {
		key, err := s.dec.Token()
		if err != nil {
			return err
		}
		switch key {
		case "images":
			s.images = true
			err = array(s, s.image)
		case "annotations":
			s.annotations = true
			err = array(s, s.annotation)
		default:
			err = s.skip()
		}
		if err != nil {
			return err
		}
	}
	return s.expect('}')
}

func (s *jsonScan) expect(d json.Delim) error {
	t, err := s.dec.Token()
	if err != nil {
		return err
	}
	if t != d {
		return fmt.Errorf("found %v where %v should be: not a COCO captions file", t, d)
	}
	return nil
}

// skip passes over one value without keeping it.
func (s *jsonScan) skip() error {
	depth := 0
	for {
		t, err := s.dec.Token()
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

func array[T any](s *jsonScan, visit func(T) error) error {
	if err := s.expect('['); err != nil {
		return err
	}
	for s.dec.More() {
		var x T
		if err := s.dec.Decode(&x); err != nil {
			return err
		}
		if err := visit(x); err != nil {
			return err
		}
	}
	return s.expect(']')
}

// visit marks an error as the visitor's own.
func (s *jsonScan) visit(err error) error {
	s.visiting = err != nil
	return err
}

func (s *jsonScan) image(e entry) error {
	if e.Sentences == nil {
		if e.ID == "" || e.FileName == "" {
			return errors.New("an image without id or file_name")
		}
		url := e.FlickrURL
		if url == "" {
			url = e.COCOURL
		}
		return s.visit(s.v.Image(Image{
			ID: string(e.ID), FileName: e.FileName, License: string(e.License), URL: url, Width: e.Width, Height: e.Height,
		}))
	}
	return s.karpathy(e)
}

// karpathy gives an image with its sentences. restval, the part of COCO's
// validation set that is trained on, counts as train.
func (s *jsonScan) karpathy(e entry) error {
	s.sentences = true
	img := Image{ID: string(e.COCOID), FileName: e.Filename, Split: e.Split}
	if img.ID == "" {
		img.ID = string(e.ImgID)
	}
	if e.Filepath != "" {
		img.FileName = e.Filepath + "/" + e.Filename
	}
	if img.Split == "restval" {
		img.Split = "train"
	}
	if img.ID == "" || e.Filename == "" {
		return errors.New("an image without imgid or filename")
	}
	if err := s.visit(s.v.Image(img)); err != nil {
		return err
	}
	for _, c := range e.Sentences {
		if err := s.visit(s.v.Caption(Caption{ID: string(c.SentID), ImageID: img.ID, Raw: c.Raw})); err != nil {
			return err
		}
	}
	return nil
}

func (s *jsonScan) annotation(a annotation) error {
	if a.Caption == nil {
		if kind := a.kind(); kind != "" {
			return fmt.Errorf("this is COCO's %s file, not captions", kind)
		}
		empty := ""
		a.Caption = &empty // a null caption counts as an empty one
	}
	if a.ID == "" || a.ImageID == "" {
		return errors.New("a caption without id or image_id")
	}
	return s.visit(s.v.Caption(Caption{ID: string(a.ID), ImageID: string(a.ImageID), Raw: *a.Caption}))
}
