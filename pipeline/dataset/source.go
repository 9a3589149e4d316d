package dataset

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

// Source is a captions file that can be scanned any number of times, one scan
// at a time.
type Source struct {
	path    string
	format  Format
	dataset string // the name that a Karpathy file gives itself
	info    fs.FileInfo
}

const (
	op   = "read captions"
	hint = "give a captions file, such as COCO's captions_train2017.json"
)

// Open looks at a captions file and settles its format. path may be an image
// folder that holds a metadata file. The file is not kept open. Errors ask for
// exit code 2.
func Open(path string, format Format) (*Source, error) {
	path, info, err := findFile(path)
	if err != nil {
		return nil, err
	}
	if format == "" {
		format = Auto
	}
	if format != Auto && !slices.Contains(formats, format) {
		return nil, fault.Input(op, path, "known are "+formatNames(), "unknown format %q", format)
	}
	head, err := readHead(path)
	if err != nil {
		return nil, fault.Input(op, path, hint, "%w", err)
	}
	switch {
	case format == Auto:
		if format, err = sniff(head); err != nil {
			return nil, fault.Input(op, path, hint, "%w", err)
		}
	case format == HF && isParquet(head): // an image folder's metadata.parquet
		format = Parquet
	}
	return &Source{path: path, format: format, info: info}, nil
}

// findFile gives a captions file, or the metadata file of an image folder.
func findFile(path string) (string, fs.FileInfo, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", nil, fault.Input(op, path, hint, "%w", err)
	}
	if info.IsDir() {
		for _, name := range []string{"metadata.jsonl", "metadata.csv", "metadata.parquet"} {
			inside := filepath.Join(path, name)
			if info, err := os.Stat(inside); err == nil && info.Mode().IsRegular() {
				return inside, info, nil
			}
		}
		return "", nil, fault.Input(op, path, hint, "it is a folder without a metadata file")
	}
	if !info.Mode().IsRegular() {
		return "", nil, fault.Input(op, path, "write it to a file first", "not a file: it is read more than once")
	}
	return path, info, nil
}

// Format gives the settled format.
func (s *Source) Format() Format { return s.format }

// Path gives the path of the file that is read.
func (s *Source) Path() string { return s.path }

// datasetName is what may be taken for a source's name.
var datasetName = regexp.MustCompile(`^[a-z0-9_-]{1,32}$`)

// Name gives the prefix of the source's ids: its dataset, or "custom". That of
// a Karpathy file is known once it has been scanned.
func (s *Source) Name() string {
	switch s.format {
	case COCO:
		return "coco"
	case Flickr:
		return "flickr"
	case Karpathy:
		if datasetName.MatchString(s.dataset) {
			return s.dataset
		}
	}
	return "custom"
}

// SHA256 gives the digest of the file's bytes, in hex.
func (s *Source) SHA256() (string, error) { return shards.SHA256(s.path) }

// Unchanged fails where the file is no longer the one that was opened, by size
// and time.
func (s *Source) Unchanged() error {
	now, err := os.Stat(s.path)
	if err != nil {
		return fault.Input(op, s.path, hint, "%w", err)
	}
	if now.Size() != s.info.Size() || !now.ModTime().Equal(s.info.ModTime()) {
		return fault.Input(op, s.path, "run it again once nothing writes to the file", "the file changed while it was read")
	}
	return nil
}

// Scan reads the whole file into the visitor, in memory that does not grow with
// a JSON file, and by a few bytes an image with the others. An error of the
// visitor or of the context is returned as it is; any other names the file and
// the place, and asks for exit code 2.
func (s *Source) Scan(ctx context.Context, v Visitor) error {
	g := &guarded{v: v}
	err := s.scan(ctx, g)
	switch {
	case g.err != nil:
		return g.err
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	return fault.Input(op, s.path, hint, "%w", err)
}

func (s *Source) scan(ctx context.Context, v *guarded) error {
	f, err := os.Open(s.path)
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	defer f.Close()
	if s.format == Parquet {
		return scanParquet(ctx, f, s.info.Size(), v)
	}
	r, err := plain(bufio.NewReaderSize(&cancellable{ctx: ctx, r: f}, readBytes))
	if err != nil {
		return err
	}
	switch s.format {
	case Flickr:
		return scanFlickr(r, v)
	case HF:
		return scanMetadata(r, v)
	}
	s.dataset, err = scanJSON(r, v)
	return err
}
