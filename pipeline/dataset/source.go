package dataset

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

// Image is an image of a dataset. Only ID and FileName are always there.
type Image struct {
	ID       string
	FileName string // relative to the images folder
	License  string // id or name as the source gives it
	URL      string
	Split    string // the source's own split, "" where it has none
	Width    int    // pixels; 0 unknown
	Height   int
}

// Caption is a caption as the source has it.
type Caption struct {
	ID      string
	ImageID string
	Raw     string
}

// Text gives the caption as it is used: without white space around it.
func (c Caption) Text() string { return strings.TrimSpace(c.Raw) }

// Visitor takes what a source holds, in the file's order: a caption may come
// before its image. An error ends the scan.
type Visitor interface {
	Image(Image) error
	Caption(Caption) error
}

// Format is a form of captions file.
type Format string

// The known formats. Auto looks at the file.
const (
	Auto     Format = "auto"
	COCO     Format = "coco"
	Karpathy Format = "karpathy"
	Flickr   Format = "flickr"
	HF       Format = "hf"
	Parquet  Format = "parquet"
)

// Source is a captions file that can be scanned any number of times.
type Source struct {
	path   string
	format Format
}

const hint = "give a captions file, such as COCO's captions_train2017.json"

// Open looks at a captions file and settles its format. The file is not kept open.
func Open(path string, format Format) (*Source, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, fault.Input("read captions", path, hint, "%w", err)
	case info.IsDir():
		return nil, fault.Input("read captions", path, hint, "it is a folder")
	}
	if format == Auto || format == "" {
		if format, err = sniff(path); err != nil {
			return nil, err
		}
	}
	switch format {
	case COCO, Karpathy, Flickr, HF, Parquet:
		return &Source{path: path, format: format}, nil
	}
	return nil, fault.Input("read captions", path, "known are auto, coco, karpathy, flickr, hf, parquet", "unknown format %q", format)
}

// Format gives the settled format. COCO and Karpathy files are told apart while
// scanning: both are COCO here where Auto was asked.
func (s *Source) Format() Format { return s.format }

// Path gives the file's path as it was opened.
func (s *Source) Path() string { return s.path }

// Name gives the prefix of the source's ids: its format's family.
func (s *Source) Name() string {
	switch s.format {
	case COCO, Karpathy:
		return "coco"
	case Flickr:
		return "flickr"
	}
	return "custom"
}

// SHA256 gives the digest of the file's bytes, in hex.
func (s *Source) SHA256() (string, error) { return shards.SHA256(s.path) }

// Scan reads the whole file into the visitor.
func (s *Source) Scan(ctx context.Context, v Visitor) error {
	if s.format == Parquet {
		return s.blame(scanParquet(ctx, s.path, v))
	}
	f, err := os.Open(s.path)
	if err != nil {
		return fault.Input("read captions", s.path, hint, "%w", err)
	}
	defer f.Close()
	r, err := plain(bufio.NewReaderSize(&cancellable{ctx: ctx, r: f}, 1<<18))
	if err != nil {
		return s.blame(err)
	}
	switch s.format {
	case Flickr:
		return s.blame(scanFlickr(r, v))
	case HF:
		return s.blame(scanMetadata(r, s.path, v))
	}
	return s.blame(scanJSON(r, v))
}

// blame turns a reader's error into the line for the user; a visitor's and a
// cancelled context's errors pass.
func (s *Source) blame(err error) error {
	var e *fault.Error
	switch {
	case err == nil, errors.As(err, &e), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	return fault.Input("read captions", s.path, hint, "%w", err)
}

type cancellable struct {
	ctx context.Context
	r   io.Reader
}

func (c *cancellable) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// plain undoes gzip and drops a byte order mark.
func plain(r *bufio.Reader) (*bufio.Reader, error) {
	if head, err := r.Peek(2); err == nil && bytes.Equal(head, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, err
		}
		r = bufio.NewReaderSize(z, 1<<18)
	}
	if head, err := r.Peek(3); err == nil && bytes.Equal(head, []byte{0xef, 0xbb, 0xbf}) {
		r.Discard(3) //nolint:errcheck // peeked
	}
	return r, nil
}

// sniff tells the format by the first bytes, then by the name.
func sniff(path string) (Format, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fault.Input("read captions", path, hint, "%w", err)
	}
	defer f.Close()
	r, err := plain(bufio.NewReader(f))
	if err != nil {
		return "", fault.Input("read captions", path, hint, "%w", err)
	}
	head, err := r.Peek(4096)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return "", fault.Input("read captions", path, hint, "%w", err)
	}
	base := strings.TrimSuffix(strings.ToLower(filepath.Base(path)), ".gz")
	first, _, _ := bytes.Cut(head, []byte("\n"))
	switch trimmed := bytes.TrimSpace(head); {
	case len(trimmed) == 0:
		return "", fault.Input("read captions", path, hint, "the file is empty")
	case bytes.HasPrefix(head, []byte("PAR1")):
		return Parquet, nil
	case strings.HasSuffix(base, ".jsonl"), strings.HasSuffix(base, ".csv") && bytes.Contains(first, []byte("file_name")):
		return HF, nil
	case trimmed[0] == '{', trimmed[0] == '[':
		return COCO, nil
	case flickrLine.Match(first), bytes.Contains(first, []byte("|")):
		return Flickr, nil
	}
	return "", fault.Input("read captions", path, hint, "not JSON, nor any other known form of captions")
}
