package sets

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"strconv"
	"strings"

	"github.com/pcclip/pcclip/shards/fault"
)

// CIFAR-100's binary records: a coarse and a fine label, then 32x32 pixels as
// three planes, red, green, blue.
const (
	cifarSide   = 32
	cifarPlane  = cifarSide * cifarSide
	cifarRecord = 2 + 3*cifarPlane
)

// readCIFAR100 reads the labels of both binary files; train.bin may be absent.
func readCIFAR100(f folder, r reader) (*Set, error) {
	labels, err := f.lines("fine_label_names.txt")
	if err != nil {
		return nil, err
	}
	s := &Set{}
	if s.Classes, err = r.classes(f, labels); err != nil {
		return nil, err
	}
	for _, part := range []struct{ file, split string }{{"train.bin", train}, {"test.bin", test}} {
		if is, err := exists(f.root, f.join(part.file)); err != nil {
			return nil, err
		} else if !is && part.split == train {
			continue
		}
		fine, err := f.cifarLabels(part.file, len(labels))
		if err != nil {
			return nil, err
		}
		for i, class := range fine {
			s.Images = append(s.Images, Image{Name: fmt.Sprintf("%s#%d", f.join(part.file), i), Class: class, Split: part.split})
		}
	}
	return s, nil
}

func (f folder) cifarLabels(name string, classes int) ([]int, error) {
	file, err := openRegular(f.root, f.join(name))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	fine, err := parseCIFAR(file, classes)
	if err != nil {
		return nil, f.bad(name, "%w", err)
	}
	return fine, nil
}

// parseCIFAR gives the fine labels of the records, each in [0, classes).
func parseCIFAR(r io.Reader, classes int) ([]int, error) {
	var fine []int
	in := bufio.NewReaderSize(r, 1<<16)
	var record [cifarRecord]byte
	for {
		n, err := io.ReadFull(in, record[:])
		switch {
		case errors.Is(err, io.EOF) && len(fine) == 0:
			return nil, errors.New("the file is empty")
		case errors.Is(err, io.EOF):
			return fine, nil
		case errors.Is(err, io.ErrUnexpectedEOF):
			return nil, fmt.Errorf("truncated: record %d has %d of %d bytes", len(fine), n, cifarRecord)
		case err != nil:
			return nil, err
		case int(record[1]) >= classes:
			return nil, fmt.Errorf("record %d has label %d, outside 0 to %d", len(fine), record[1], classes-1)
		}
		fine = append(fine, int(record[1]))
	}
}

// binaryRecord splits the name of an image in a binary file, FILE.bin#RECORD.
func binaryRecord(name string) (file string, record int64, ok bool) {
	file, number, ok := strings.Cut(name, ".bin#")
	if !ok {
		return "", 0, false
	}
	record, err := strconv.ParseInt(number, 10, 40)
	return file + ".bin", record, err == nil && record >= 0
}

// openRecord gives an image of a binary file as a PNG.
func (i *Images) openRecord(name, file string, record int64) (io.ReadCloser, error) {
	f, err := openRegular(i.root, file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var data [cifarRecord]byte
	if _, err := f.ReadAt(data[:], record*cifarRecord); errors.Is(err, io.EOF) {
		return nil, fault.Input("open", name, "check the task file against the data root", "the file has no such record")
	} else if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	img := image.NewNRGBA(image.Rect(0, 0, cifarSide, cifarSide))
	pixels := data[2:]
	for p := range cifarPlane {
		copy(img.Pix[4*p:], []byte{pixels[p], pixels[cifarPlane+p], pixels[2*cifarPlane+p], 255})
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		return nil, fmt.Errorf("encode %s: %w", name, err)
	}
	return io.NopCloser(&out), nil
}
