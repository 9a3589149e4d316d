package pictures

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"
	"testing"

	"github.com/pcclip/pcclip/shards/fault"
)

// shaded gives a PNG with a shade that runs from black to white.
func shaded(t *testing.T, width, height int) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, width, height))
	for x := range width {
		for y := range height {
			m.SetGray(x, y, color.Gray{Y: uint8(255 * x / width)})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func folder(t *testing.T, side int, files map[string][]byte) (*Folder, *int) {
	t.Helper()
	opened := 0
	f, err := New(func(name string) (io.ReadCloser, error) {
		opened++
		b, ok := files[name]
		if !ok {
			return nil, fs.ErrNotExist
		}
		return io.NopCloser(bytes.NewReader(b)), nil
	}, side)
	if err != nil {
		t.Fatal(err)
	}
	return f, &opened
}

func TestLoad(t *testing.T) {
	f, _ := folder(t, 100, map[string][]byte{"wide": shaded(t, 400, 200), "tall": shaded(t, 3, 1000), "small": shaded(t, 40, 30), "not": []byte("text")})
	for name, want := range map[string]image.Point{"wide": {100, 50}, "tall": {1, 100}, "small": {40, 30}} {
		mime, data, err := f.Load(name)
		if err != nil || mime != "image/jpeg" {
			t.Fatalf("%s: %s, %v", name, mime, err)
		}
		m, err := jpeg.Decode(bytes.NewReader(data))
		if err != nil || m.Bounds().Size() != want {
			t.Errorf("%s: %v, %v", name, m.Bounds(), err)
		}
		if _, again, _ := f.Load(name); !bytes.Equal(again, data) {
			t.Errorf("%s: other bytes the second time", name)
		}
		if r, _, _, _ := m.At(want.X-1, 0).RGBA(); name == "wide" && r>>8 < 240 {
			t.Errorf("the right side is %d of 255", r>>8)
		}
	}
	if _, _, err := f.Load("not"); err == nil {
		t.Error("text is an image")
	}
}

func TestDigest(t *testing.T) {
	f, opened := folder(t, 64, map[string][]byte{"a": []byte("abc")})
	for range 3 {
		// The SHA-256 of "abc", as in FIPS 180-2.
		if d, err := f.Digest("a"); err != nil || d != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
			t.Errorf("%s, %v", d, err)
		}
	}
	if _, err := f.Digest("b"); !errors.Is(err, fs.ErrNotExist) || *opened != 2 {
		t.Errorf("%v, opened %d times", err, *opened)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, side := range []int{-1, 0, 63, 4097} {
		if _, err := New(nil, side); fault.ExitCode(err) != fault.Usage {
			t.Errorf("%d: %v", side, err)
		}
	}
}
