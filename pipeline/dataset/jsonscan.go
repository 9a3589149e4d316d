package dataset

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// jsonScan streams a COCO captions file or one of Karpathy's: one object, its
// keys in any order, memory for one element at a time.
type jsonScan struct {
	dec                            *json.Decoder
	read                           *countingReader
	v                              *guarded
	dataset                        string
	images, annotations, sentences bool
}

// scanJSON reads the whole file; it gives the name that the file gives its
// dataset, if any.
func scanJSON(r io.Reader, v *guarded) (dataset string, err error) {
	count := &countingReader{r: r}
	s := &jsonScan{dec: json.NewDecoder(count), v: v, read: count}
	if err := s.object(); err != nil {
		return "", s.place(err)
	}
	if _, err := s.dec.Token(); !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("byte %d: something follows the end of the JSON object", s.dec.InputOffset())
	}
	if !s.images {
		return "", errors.New("no images in the file: not a COCO captions file")
	}
	if !s.annotations && !s.sentences {
		return "", errors.New("no annotations in the file: this is COCO's image_info, of images without captions, a captions_*.json is wanted")
	}
	return s.dataset, nil
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

// place says where in the file an error lies.
func (s *jsonScan) place(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the JSON is cut off after byte %d", s.read.n)
	case errors.As(err, &syntax): // its own offset is wrong after Token
		return fmt.Errorf("not JSON in the value at byte %d: %w", s.dec.InputOffset(), err)
	case errors.As(err, &kind):
		return fmt.Errorf("byte %d: %q is a %s where a %s should be", s.dec.InputOffset(), kind.Field, kind.Value, kind.Type.Kind())
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
		if err := s.value(key); err != nil {
			return err
		}
	}
	return s.expect('}')
}

func (s *jsonScan) value(key json.Token) error {
	switch key {
	case "images":
		s.images = true
		return array(s, s.image)
	case "annotations":
		s.annotations = true
		return array(s, s.annotation)
	case "licenses":
		return s.licenses()
	}
	t, err := s.dec.Token()
	if name, ok := t.(string); ok && key == "dataset" {
		s.dataset = name
	}
	if err != nil {
		return err
	}
	return s.skip(t)
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

// skip passes over the rest of the value that t begins, without keeping it.
func (s *jsonScan) skip(t json.Token) error {
	depth := 0
	for {
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
		var err error
		if t, err = s.dec.Token(); err != nil {
			return err
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
