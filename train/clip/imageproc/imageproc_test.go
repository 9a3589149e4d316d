package imageproc

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

type expected struct {
	Exact     map[string][3]any `json:"exact"`
	Near      map[string]string `json:"near"`
	Resize    [][4]any          `json:"resize"`
	Crop      [][4]any          `json:"crop"`
	Transform [][6]any          `json:"transform"`
}

func expectations(t testing.TB) expected {
	t.Helper()
	var e expected
	if err := json.Unmarshal(read(t, "expected.json"), &e); err != nil {
		t.Fatal(err)
	}
	return e
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func load(t testing.TB, name string) *RGB {
	t.Helper()
	m, err := Decode(bytes.NewReader(read(t, name)), Limits{})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return m
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func num(v any) int { return int(v.(float64)) }

func TestDecodeEqualsPillow(t *testing.T) {
	for name, want := range expectations(t).Exact {
		m := load(t, name)
		if m.Width != num(want[0]) || m.Height != num(want[1]) {
			t.Errorf("%s: %d x %d, want %v x %v", name, m.Width, m.Height, want[0], want[1])
		} else if digest(m.Pix) != want[2] {
			t.Errorf("%s: pixels differ: %v...", name, m.Pix[:min(len(m.Pix), 24)])
		}
	}
}

// TestPhotosNearPillow allows what the inverse transforms of two decoders may
// differ by.
func TestPhotosNearPillow(t *testing.T) {
	for name, ref := range expectations(t).Near {
		got, want := load(t, name), load(t, ref)
		if got.Width != want.Width || got.Height != want.Height {
			t.Errorf("%s: %d x %d, want %d x %d", name, got.Width, got.Height, want.Width, want.Height)
			continue
		}
		most, sum := 0, 0
		for i := range got.Pix {
			d := int(got.Pix[i]) - int(want.Pix[i])
			most, sum = max(most, d, -d), sum+max(d, -d)
		}
		mean := float64(sum) / float64(len(got.Pix))
		t.Logf("%s: at most %d, mean %.3f", name, most, mean)
		if most > 4 || mean > 0.3 {
			t.Errorf("%s differs from Pillow by up to %d, mean %.3f", name, most, mean)
		}
	}
}

func TestResizeEqualsPillow(t *testing.T) {
	for _, c := range expectations(t).Resize {
		name, w, h := c[0].(string), num(c[1]), num(c[2])
		if m := Resize(load(t, name), w, h); m.Width != w || m.Height != h || digest(m.Pix) != c[3] {
			t.Errorf("%s to %d x %d differs", name, w, h)
		}
	}
}

func TestCropEqualsTorchvision(t *testing.T) {
	for _, c := range expectations(t).Crop {
		name, w, h := c[0].(string), num(c[1]), num(c[2])
		m, err := CenterCrop(load(t, name), w, h)
		if err != nil || digest(m.Pix) != c[3] {
			t.Errorf("%s cropped to %d x %d differs: %v", name, w, h, err)
		}
	}
	one := NewRGB(3, 3)
	for _, size := range [][2]int{{4, 3}, {3, 4}, {0, 1}, {1, -1}} {
		if _, err := CenterCrop(one, size[0], size[1]); err == nil {
			t.Errorf("cropped 3 x 3 to %v", size)
		}
	}
}

func triple(v any) (out [3]float64) {
	for i, x := range v.([]any) {
		out[i] = x.(float64)
	}
	return out
}

func TestTransformEqualsOpenCLIP(t *testing.T) {
	for _, c := range expectations(t).Transform {
		name, mode := c[0].(string), c[2].(string)
		tr, err := NewTransform(Config{Size: num(c[1]), ResizeMode: mode, Mean: triple(c[3]), Std: triple(c[4]), Interpolation: Bicubic})
		if err != nil {
			t.Fatal(err)
		}
		x := tr.Apply(load(t, name))
		var raw []byte
		for _, v := range x {
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
		}
		if len(x) != tr.Len() || digest(raw) != c[5] {
			t.Errorf("%s, size %d, %s: numbers differ: %v...", name, tr.Size(), mode, x[:4])
		}
	}
}

// TestRegionIsPartOfWhole compares what a transform makes with a whole resize.
func TestRegionIsPartOfWhole(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		m := NewRGB(1+rng.IntN(40), 1+rng.IntN(40))
		for i := range m.Pix {
			m.Pix[i] = uint8(rng.IntN(2) * 255)
		}
		w, h := 1+rng.IntN(50), 1+rng.IntN(50)
		r := region{x: rng.IntN(w), y: rng.IntN(h)}
		r.width, r.height = 1+rng.IntN(w-r.x), 1+rng.IntN(h-r.y)
		if got, want := resizeRegion(m, w, h, r), cut(Resize(m, w, h), r); !bytes.Equal(got.Pix, want.Pix) {
			t.Errorf("%d x %d to %d x %d, %+v", m.Width, m.Height, w, h, r)
		}
	}
}

func TestExtremeAspect(t *testing.T) {
	tr, err := NewTransform(DefaultConfig(224))
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range [][2]int{{1, 60000}, {60000, 1}, {1, 1}, {2, 223}} {
		m := NewRGB(size[0], size[1])
		for i := range m.Pix {
			m.Pix[i] = 200
		}
		pix := tr.Pixels(m).Pix
		if len(pix) != 3*224*224 || slices.Min(pix) != 200 || slices.Max(pix) != 200 {
			t.Errorf("%v: %d bytes from %d to %d", size, len(pix), slices.Min(pix), slices.Max(pix))
		}
	}
}

func TestNotDecoded(t *testing.T) {
	jpg, pic, web := read(t, "photo-420.jpg"), read(t, "rgb.png"), read(t, "lossy-odd.webp")
	badPNG := slices.Clone(pic)
	badPNG[len(badPNG)/2] ^= 0xff
	noAdobe := bytes.Replace(read(t, "flat-cmyk.jpg"), []byte("Adobe"), []byte("Xdobe"), 1)
	twelve := bytes.Replace(jpg, []byte{0xff, 0xc0, 0, 17, 8}, []byte{0xff, 0xc0, 0, 17, 12}, 1)
	for _, c := range []struct {
		name string
		data []byte
		want error
	}{
		{"nothing", nil, ErrTruncated},
		{"text", []byte("<html>404</html>"), ErrNotImage},
		{"one byte", []byte{0xff}, ErrNotImage},
		{"GIF", read(t, "animation.gif"), ErrUnsupported},
		{"animated WebP", read(t, "frames.webp"), ErrUnsupported},
		{"BMP", []byte("BM123456789"), ErrUnsupported},
		{"TIFF", []byte("II*\x00aaaa"), ErrUnsupported},
		{"HEIF", []byte("\x00\x00\x00\x18ftypheic"), ErrUnsupported},
		{"CMYK without Adobe", noAdobe, ErrUnsupported},
		{"JPEG of 12 bits", twelve, ErrUnsupported},
		{"half a JPEG", jpg[:len(jpg)/2], ErrTruncated},
		{"a JPEG's start", jpg[:5], ErrTruncated},
		{"half a PNG", pic[:len(pic)/2], ErrTruncated},
		{"a PNG's start", pic[:8], ErrTruncated},
		{"half a WebP", web[:len(web)/2], ErrTruncated},
		{"a WebP's start", web[:12], ErrTruncated},
		{"PNG with a flipped byte", badPNG, ErrCorrupt},
	} {
		m, err := Decode(bytes.NewReader(c.data), Limits{})
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v %v, want %v", c.name, m, err, c.want)
		}
	}
}

func TestLimits(t *testing.T) {
	// A PNG that says it has 10^10 pixels is refused by its header.
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 3, 2))); err != nil {
		t.Fatal(err)
	}
	bomb := b.Bytes()
	binary.BigEndian.PutUint32(bomb[16:], 100000)
	binary.BigEndian.PutUint32(bomb[20:], 100000)
	binary.BigEndian.PutUint32(bomb[29:], crc(bomb[12:29]))
	if _, err := Decode(bytes.NewReader(bomb), Limits{}); !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), "100000 x 100000") {
		t.Errorf("bomb: %v", err)
	}
	pic := read(t, "rgb.png")
	for _, c := range []struct {
		l  Limits
		ok bool
	}{
		{Limits{MaxPixels: 61 * 47}, true},
		{Limits{MaxPixels: 61*47 - 1}, false},
		{Limits{MaxBytes: int64(len(pic))}, true},
		{Limits{MaxBytes: int64(len(pic)) - 1}, false},
	} {
		_, err := Decode(bytes.NewReader(pic), c.l)
		if c.ok && err != nil || !c.ok && !errors.Is(err, ErrTooLarge) {
			t.Errorf("%+v: %v", c.l, err)
		}
	}
	broken := errors.New("cable cut")
	if _, err := Decode(iotest.ErrReader(broken), Limits{}); !errors.Is(err, broken) {
		t.Errorf("reader's error: %v", err)
	}
}

// crc is PNG's checksum.
func crc(data []byte) uint32 {
	c := ^uint32(0)
	for _, b := range data {
		c ^= uint32(b)
		for range 8 {
			c = c>>1 ^ 0xedb88320*(c&1)
		}
	}
	return ^c
}

func TestConfig(t *testing.T) {
	good := DefaultConfig(224)
	ids := map[string]string{}
	for name, edit := range map[string]func(*Config){
		"nothing": func(*Config) {},
		"size":    func(c *Config) { c.Size = 225 },
		"mean":    func(c *Config) { c.Mean[2] = math.Nextafter(c.Mean[2], 1) },
		"std":     func(c *Config) { c.Std[0] = 0.25 },
		"mode":    func(c *Config) { c.ResizeMode = Squash },
	} {
		c := good
		edit(&c)
		if err := c.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		id := PreprocessID(c)
		if other, had := ids[id]; had || len(id) != 16 || id != PreprocessID(c) {
			t.Errorf("%s: id %s, as of %q", name, id, other)
		}
		ids[id] = name
	}
	for name, edit := range map[string]func(*Config){
		"image size 0":   func(c *Config) { c.Size = 0 },
		"image size 999": func(c *Config) { c.Size = 999999 },
		"mean":           func(c *Config) { c.Mean[0] = math.NaN() },
		"std":            func(c *Config) { c.Std[1] = 0 },
		"interpolation":  func(c *Config) { c.Interpolation = "bilinear" },
		"resize_mode":    func(c *Config) { c.ResizeMode = "longest" },
	} {
		c := good
		edit(&c)
		if _, err := NewTransform(c); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, name := range []string{
		"tiny.png", "bits.png", "palette2.png", "grey16-key.png", "la16.png", "grey-key.png", "flat-411.jpg", "flat-cmyk.jpg",
		"flat-420-5x5.jpg", "flat-440.jpg", "lossy.webp", "lossy-alpha.webp", "lossless.webp", "frames.webp",
	} {
		f.Add(read(f, name))
	}
	tr, err := NewTransform(DefaultConfig(8))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Decode(bytes.NewReader(data), Limits{MaxPixels: 1 << 16})
		if err != nil {
			known := []error{ErrNotImage, ErrUnsupported, ErrTooLarge, ErrTruncated, ErrCorrupt}
			if m != nil || !slices.ContainsFunc(known, func(k error) bool { return errors.Is(err, k) }) {
				t.Fatalf("%v %v", m, err)
			}
			return
		}
		if len(m.Pix) != 3*m.Width*m.Height || m.Width < 1 || m.Height < 1 {
			t.Fatalf("%d x %d with %d bytes", m.Width, m.Height, len(m.Pix))
		}
		if x := tr.Apply(m); len(x) != 3*8*8 {
			t.Fatal(fmt.Sprint(len(x), " numbers"))
		}
	})
}

// photo gives an image of 640 x 480 and what makes an input of 224 x 224 of it.
func photo(b *testing.B) (*RGB, *Transform) {
	m := NewRGB(640, 480)
	for i := range m.Pix {
		m.Pix[i] = uint8(i * 7)
	}
	tr, err := NewTransform(DefaultConfig(224))
	if err != nil {
		b.Fatal(err)
	}
	return m, tr
}

// BenchmarkResize is what Pillow does as resize((298, 224), BICUBIC) and a crop.
func BenchmarkResize(b *testing.B) {
	m, tr := photo(b)
	for b.Loop() {
		tr.Pixels(m)
	}
}

func BenchmarkTransform(b *testing.B) {
	m, tr := photo(b)
	out := make([]float32, tr.Len())
	for b.Loop() {
		tr.ApplyTo(out, m)
	}
}
