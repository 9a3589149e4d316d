package imageproc

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"
)

var (
	// ErrNotImage is the error of bytes that start as no known image does.
	ErrNotImage = errors.New("not an image")
	// ErrUnsupported is the error of an image of a kind that is not decoded.
	ErrUnsupported = errors.New("unsupported image")
	// ErrTooLarge is the error of an image beyond the limits.
	ErrTooLarge = errors.New("image too large")
	// ErrTruncated is the error of an image that ends too early.
	ErrTruncated = errors.New("truncated image")
	// ErrCorrupt is the error of an image that breaks its format.
	ErrCorrupt = errors.New("corrupt image")
)

// Limits bound what Decode takes on. Zero fields have the values of DefaultLimits.
type Limits struct {
	MaxBytes  int64 // of the file
	MaxPixels int64 // width times height, checked before any pixel is decoded
}

// DefaultLimits allows files of 256 MiB and 64 Mi pixels: about 200 MB decoded.
func DefaultLimits() Limits { return Limits{MaxBytes: 256 << 20, MaxPixels: 64 << 20} }

// tail is how many bytes at the end of a file are searched for its end.
const tail = 64

// format is one kind of file that is decoded.
type format struct {
	name   string
	end    string             // what the last bytes of a whole file hold
	check  func([]byte) error // of what the decoder would not name; may be nil
	config func(io.Reader) (image.Config, error)
	decode func([]byte) (*RGB, error)
}

var (
	jpegFormat = format{"JPEG", "\xff\xd9", nil, jpeg.DecodeConfig, decodeJPEG}
	pngFormat  = format{"PNG", "IEND", nil, png.DecodeConfig, decodePNG}
	webpFormat = format{"WebP", "", checkWebP, webp.DecodeConfig, decodeWebP}
)

// Decode reads a JPEG, PNG or WebP image, told by its first bytes whatever its
// name says. Its errors are, or wrap, ErrNotImage, ErrUnsupported, ErrTooLarge,
// ErrTruncated, ErrCorrupt or what r returns.
func Decode(r io.Reader, limits Limits) (*RGB, error) {
	if limits.MaxBytes <= 0 {
		limits.MaxBytes = DefaultLimits().MaxBytes
	}
	if limits.MaxPixels <= 0 {
		limits.MaxPixels = DefaultLimits().MaxPixels
	}
	data, err := io.ReadAll(io.LimitReader(r, limits.MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read image: %w", err)
	}
	if int64(len(data)) > limits.MaxBytes {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limits.MaxBytes)
	}
	f, err := sniff(data)
	if err != nil {
		return nil, err
	}
	if f.check != nil {
		if err := f.check(data); err != nil {
			return nil, err
		}
	}
	c, err := f.config(bytes.NewReader(data))
	if err != nil {
		return nil, named(f.name, err)
	}
	if c.Width < 1 || c.Height < 1 {
		return nil, fmt.Errorf("%w: %s of %d x %d pixels", ErrCorrupt, f.name, c.Width, c.Height)
	}
	if int64(c.Width) > limits.MaxPixels/int64(c.Height) {
		return nil, fmt.Errorf("%w: %d x %d pixels, %d are allowed", ErrTooLarge, c.Width, c.Height, limits.MaxPixels)
	}
	m, err := f.decode(data)
	if err == nil {
		return m, nil
	}
	err = named(f.name, err)
	if errors.Is(err, ErrCorrupt) && !bytes.Contains(data[max(len(data)-tail, 0):], []byte(f.end)) {
		err = fmt.Errorf("%w: %s without its end: %v", ErrTruncated, f.name, err)
	}
	return nil, err
}

// sniff tells the format by the first bytes.
func sniff(data []byte) (format, error) {
	has := func(at int, magic string) bool {
		return len(data) >= at+len(magic) && string(data[at:at+len(magic)]) == magic
	}
	switch {
	case has(0, "\xff\xd8\xff"):
		return jpegFormat, nil
	case has(0, "\x89PNG\r\n\x1a\n"):
		return pngFormat, nil
	case has(0, "RIFF") && has(8, "WEBP"):
		return webpFormat, nil
	case len(data) == 0:
		return format{}, fmt.Errorf("%w: no bytes", ErrTruncated)
	}
	for _, f := range []struct {
		name  string
		known bool
	}{
		{"GIF", has(0, "GIF8")},
		{"BMP", has(0, "BM")},
		{"TIFF", has(0, "II*\x00") || has(0, "MM\x00*")},
		{"HEIF or AVIF", has(4, "ftyp")},
		{"JPEG XL", has(0, "\xff\x0a") || has(4, "JXL ")},
	} {
		if f.known {
			return format{}, fmt.Errorf("%w: %s", ErrUnsupported, f.name)
		}
	}
	return format{}, fmt.Errorf("%w: starts with % x", ErrNotImage, data[:min(len(data), 8)])
}

// named puts an error of a decoder under one of this package's.
func named(format string, err error) error {
	var noJPEG jpeg.UnsupportedError
	var noPNG png.UnsupportedError
	kind := ErrCorrupt
	switch {
	case errors.Is(err, ErrUnsupported):
		return err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		kind = ErrTruncated
	case errors.As(err, &noJPEG), errors.As(err, &noPNG):
		kind = ErrUnsupported
	}
	return fmt.Errorf("%w: decode %s: %w", kind, format, err)
}
