package train

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"golang.org/x/sync/errgroup"

	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/clip/imageproc"
)

// OpenImage opens an image by the name its dataset gives it. The caller closes it.
type OpenImage func(name string) (io.ReadCloser, error)

// decodeImages decodes and preprocesses images on up to workers goroutines:
// [len(names),3,size,size] row-major into dst, one error per image, nil where
// it is fine.
func decodeImages(names []string, open OpenImage, prepare *imageproc.Transform, workers int, dst []float32) []error {
	errs := make([]error, len(names))
	var g errgroup.Group
	g.SetLimit(workers)
	for i, name := range names {
		g.Go(func() error {
			errs[i] = decodeImage(name, open, prepare, dst[i*prepare.Len():(i+1)*prepare.Len()])
			return nil
		})
	}
	g.Wait() //nolint:errcheck // errors are kept by image
	return errs
}

// errSystem marks the error of an image that may be whole: the system could not
// open it.
var errSystem = errors.New("not the image's fault")

func decodeImage(name string, open OpenImage, prepare *imageproc.Transform, dst []float32) error {
	f, err := open(name)
	var known *fault.Error
	switch {
	case err == nil:
	case errors.As(err, &known), errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return err
	default:
		return fmt.Errorf("%w: %w", errSystem, err)
	}
	defer f.Close()
	img, err := imageproc.Decode(f, imageproc.DefaultLimits())
	if err != nil {
		return fmt.Errorf("decode image %s: %w", name, err)
	}
	prepare.ApplyTo(dst, img)
	return nil
}
