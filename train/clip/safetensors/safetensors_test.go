package safetensors

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/shards/fault"
	"pgregory.net/rapid"
)

func TestWriteEqualsReference(t *testing.T) {
	inf, negZero := float32(math.Inf(1)), float32(math.Copysign(0, -1))
	tensors := []Tensor{
		{Name: "scale", F32: []float32{4.6052}},
		{Name: "odd", Shape: []int64{5}, F32: []float32{0, 1, 2, 3, 4}},
		{Name: "b.weight", Shape: []int64{2, 3}, F32: []float32{1.5, -2, 0.25, 3, inf, negZero}},
		{Name: "ids<&>é", Shape: []int64{2, 2}, I64: []int64{1, -2, 1 << 40, math.MinInt64}},
		{Name: "a.bias", Shape: []int64{2}, F32: []float32{0.1, 0.2}},
		{Name: "empty", Shape: []int64{0, 3}},
	}
	want, err := os.ReadFile("testdata/written.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		path := filepath.Join(t.TempDir(), "w.safetensors")
		if err := Write(path, tensors, nil); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("file differs from the reference:\n%q\n%q", got, want)
		}
		slices.Reverse(tensors)
	}
}

func TestReadEveryType(t *testing.T) {
	f, err := Open("testdata/types.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	inf := float32(math.Inf(1))
	for name, want := range map[string][]float32{
		"f16":  {0, float32(math.Copysign(0, -1)), 1, -1.5, 65504, 6.0975552e-05, 5.9604645e-08, 2.9802322e-06, inf, -inf},
		"bf16": {0, float32(math.Copysign(0, -1)), 1, -1.5, math.Float32frombits(0x7f7f << 16), math.Float32frombits(1 << 16), 0.33398438},
		"f32":  {1.0 / 3, -1e-45, 3.4e38},
		"f64":  {1.0 / 3, inf, float32(math.Copysign(0, -1)), 16777216},
	} {
		got, err := f.ReadFloat32(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		same := slices.EqualFunc(got, want, func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) })
		if !same {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
		if _, err := f.ReadInt64(name); fault.ExitCode(err) != fault.Usage {
			t.Errorf("%s as int64: %v", name, err)
		}
	}
	for name, want := range map[string][]int64{
		"i64": {math.MinInt64, math.MaxInt64}, "i32": {math.MinInt32, 7}, "i16": {math.MinInt16, 7}, "i8": {-128, 127}, "u8": {0, 255},
	} {
		got, err := f.ReadInt64(name)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v %v, want %v", name, got, err, want)
		}
		if _, err := f.ReadFloat32(name); fault.ExitCode(err) != fault.Usage {
			t.Errorf("%s as float32: %v", name, err)
		}
	}
	if _, err := f.ReadFloat32("f8"); err == nil || !strings.Contains(err.Error(), "F8_E4M3") {
		t.Errorf("F8: %v", err)
	}
	if _, err := f.ReadFloat32("missing"); err == nil || !strings.Contains(err.Error(), `"missing"`) {
		t.Errorf("missing: %v", err)
	}
	if n := f.Names(); len(n) != 11 || !slices.IsSorted(n) {
		t.Errorf("names %v", n)
	}
	if f.Metadata() == nil {
		t.Error("metadata is nil")
	}
}

func TestEveryHalf(t *testing.T) {
	h := sha256.New()
	for i := range 1 << 16 {
		v := fromF16(uint16(i))
		if v != v { //nolint:staticcheck // NaN
			v = 0
		}
		binary.Write(h, binary.LittleEndian, v)
	}
	const want = "faa6d965574036872b0d39a42d1f8bee361d5be92b1e718155a69556a5abacdd"
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		t.Errorf("halves widen to %s, torch has %s", got, want)
	}
}

// file builds a file of any header and n bytes of data.
func file(header string, n int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, n)...)
}

func TestHostileHeaders(t *testing.T) {
	one := func(dtype, shape, offsets string) string {
		return fmt.Sprintf(`{"a":{"dtype":%q,"shape":%s,"data_offsets":%s}}`, dtype, shape, offsets)
	}
	for _, c := range []struct {
		name, want string
		data       []byte
	}{
		{"nothing", "has no header", nil},
		{"short length", "has no header", []byte{1, 2, 3}},
		{"length over the limit", "longer than 100000000", binary.LittleEndian.AppendUint64(nil, 100_000_001)},
		{"length of 2^64-1", "longer than 100000000", binary.LittleEndian.AppendUint64(nil, math.MaxUint64)},
		{"length over the file", "does not fit", binary.LittleEndian.AppendUint64(nil, 20)},
		{"empty header", "start with {", file("", 0)},
		{"leading space", "start with {", file(" {}", 0)},
		{"a list", "start with {", file("[]", 0)},
		{"not JSON", "parse header", file("{abc}", 0)},
		{"cut JSON", "parse header", file(`{"a":{"dtype":"F32","shape":[1]`, 0)},
		{"two objects", "goes on behind", file("{}{}", 0)},
		{"not UTF-8", "not UTF-8", file("{\"\xff\":1}", 0)},
		{"duplicate tensor", "occurs twice", file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1)},
		{"duplicate field", "occurs twice", file(`{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1)},
		{"entry not an object", "not a JSON object", file(`{"a":3}`, 0)},
		{"metadata not strings", "not a string", file(`{"__metadata__":{"a":1}}`, 0)},
		{"metadata null", "not a string", file(`{"__metadata__":{"a":null}}`, 0)},
		{"unknown dtype", `"F8_E8M0"`, file(one("F8_E8M0", "[1]", "[0,1]"), 1)},
		{"packed dtype", `"F4"`, file(one("F4", "[2]", "[0,1]"), 1)},
		{"dtype missing", `""`, file(`{"a":{"shape":[1],"data_offsets":[0,1]}}`, 1)},
		{"other case", "shape is missing", file(`{"a":{"dtype":"U8","Shape":[1],"data_offsets":[0,1]}}`, 1)},
		{"shape null", "bad shape", file(one("U8", "null", "[0,1]"), 1)},
		{"dimension null", "bad shape", file(one("U8", "[null]", "[0,0]"), 0)},
		{"negative dimension", "negative", file(one("U8", "[-1]", "[0,1]"), 1)},
		{"fraction", "bad shape", file(one("U8", "[1.5]", "[0,1]"), 1)},
		{"huge dimension", "bad shape", file(one("U8", "[18446744073709551616]", "[0,1]"), 1)},
		{"product overflows", "overflows", file(one("F32", "[4294967296,4294967296]", "[0,0]"), 0)},
		{"product overflows before zero", "overflows", file(one("F32", "[4294967296,4294967296,0]", "[0,0]"), 0)},
		{"size overflows", "overflows", file(one("F64", "[2305843009213693952]", "[0,0]"), 0)},
		{"wrong length", "needs 8 bytes", file(one("F32", "[2]", "[0,4]"), 4)},
		{"range backwards", "not a range", file(one("U8", "[1]", "[2,1]"), 2)},
		{"range negative", "not a range", file(one("U8", "[1]", "[-1,0]"), 1)},
		{"three offsets", "3 numbers", file(one("U8", "[1]", "[0,1,2]"), 2)},
		{"range beyond the file", "ends at 9", file(one("U8", "[9]", "[0,9]"), 8)},
		{"range far beyond the file", "ends at", file(one("U8", "[1]", "[9223372036854775806,9223372036854775807]"), 8)},
		{"hole at the start", "belong to none", file(one("U8", "[1]", "[1,2]"), 2)},
		{"hole at the end", "covers 1 of 2", file(one("U8", "[1]", "[0,1]"), 2)},
		{"data without tensors", "covers 0 of 5", file("{}", 5)},
		{"overlap", "overlaps", file(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, 3)},
		{"same range", "overlaps", file(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}`, 2)},
	} {
		path := filepath.Join(t.TempDir(), "x.safetensors")
		if err := os.WriteFile(path, c.data, 0o644); err != nil {
			t.Fatal(err)
		}
		f, err := Open(path)
		if err == nil {
			f.Close()
			t.Errorf("%s: opened", c.name)
			continue
		}
		if !strings.Contains(err.Error(), c.want) || fault.ExitCode(err) != fault.Usage {
			t.Errorf("%s: %q, want %q", c.name, err, c.want)
		}
	}
}

func TestHeaderOddities(t *testing.T) {
	for _, data := range [][]byte{
		file("{}", 0),
		file("{}     ", 0),
		file(`{"a":{"data_offsets":[0,2],"shape":[],"dtype":"F16","more":1}}`, 2),
		file(`{"a":{"dtype":"U8","shape":[0,9],"data_offsets":[0,0]},"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1),
	} {
		path := filepath.Join(t.TempDir(), "x.safetensors")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		f, err := Open(path)
		if err != nil {
			t.Errorf("%q: %v", data, err)
			continue
		}
		f.Close()
	}
}

func TestCutWhileOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.safetensors")
	if err := Write(path, []Tensor{{Name: "a", Shape: []int64{8}, F32: make([]float32, 8)}}, nil); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, _ := f.Info("a")
	if err := os.Truncate(path, info.Offset+5); err != nil {
		t.Fatal(err)
	}
	if _, err := f.ReadFloat32("a"); err == nil || !strings.Contains(err.Error(), "unexpected EOF") {
		t.Errorf("cut file: %v", err)
	}
}

func TestWriteRefuses(t *testing.T) {
	two := []float32{1, 2}
	for want, tensors := range map[string][]Tensor{
		"occurs twice":   {{Name: "a", Shape: []int64{2}, F32: two}, {Name: "a", Shape: []int64{2}, F32: two}},
		"does not hold":  {{Name: "a", Shape: []int64{3}, F32: two}},
		"not allowed":    {{Name: metadataKey, Shape: []int64{2}, F32: two}},
		"both F32":       {{Name: "a", Shape: []int64{2}, F32: two, I64: []int64{1}}},
		"is negative":    {{Name: "a", Shape: []int64{-2}, F32: two}},
		"name is not al": {{Name: "\xff", Shape: []int64{2}, F32: two}},
	} {
		path := filepath.Join(t.TempDir(), "x.safetensors")
		if err := Write(path, tensors, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", tensors, err, want)
		}
		if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 0 {
			t.Errorf("%s: %v is left", want, left)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		var tensors []Tensor
		names := rapid.SliceOfNDistinct(rapid.StringN(0, 8, 32), 0, 6, rapid.ID[string]).Draw(rt, "names")
		for _, name := range names {
			x := Tensor{Name: name, Shape: rapid.SliceOfN(rapid.Int64Range(0, 4), 0, 3).Draw(rt, "shape")}
			n := 1
			for _, d := range x.Shape {
				n *= int(d)
			}
			if rapid.Bool().Draw(rt, "int") {
				x.I64 = append([]int64{}, rapid.SliceOfN(rapid.Int64(), n, n).Draw(rt, "ints")...)
			} else {
				x.F32 = rapid.SliceOfN(rapid.Float32(), n, n).Draw(rt, "floats")
			}
			tensors = append(tensors, x)
		}
		path := filepath.Join(dir, "r.safetensors")
		if err := Write(path, tensors, map[string]string{"by": "test"}); err != nil {
			rt.Fatal(err)
		}
		f, err := Open(path)
		if err != nil {
			rt.Fatal(err)
		}
		defer f.Close()
		if m := f.Metadata(); m["by"] != "test" || m["format"] != "pt" || len(f.Names()) != len(tensors) {
			rt.Fatalf("metadata %v, names %v", m, f.Names())
		}
		for _, x := range tensors {
			if info, ok := f.Info(x.Name); !ok || !slices.Equal(info.Shape, x.Shape) || (info.Offset%8 != 0 && info.DType == I64) {
				rt.Fatalf("%q: %+v %v", x.Name, info, ok)
			}
			if x.I64 != nil {
				if got, err := f.ReadInt64(x.Name); err != nil || !slices.Equal(got, x.I64) {
					rt.Fatalf("%q: %v %v", x.Name, got, err)
				}
				continue
			}
			if got, err := f.ReadFloat32(x.Name); err != nil || !slices.Equal(got, x.F32) {
				rt.Fatalf("%q: %v %v", x.Name, got, err)
			}
		}
	})
}

func FuzzHeader(f *testing.F) {
	for _, name := range []string{"written", "types"} {
		data, err := os.ReadFile("testdata/" + name + ".safetensors")
		if err != nil {
			f.Fatal(err)
		}
		n := binary.LittleEndian.Uint64(data)
		f.Add(data[8:8+n], int64(len(data))-8-int64(n))
	}
	f.Add([]byte(`{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}`), int64(4))
	f.Fuzz(func(t *testing.T, header []byte, data int64) {
		if data < 0 {
			return
		}
		infos, _, err := parseHeader(header, 8, data)
		if err != nil {
			return
		}
		total := int64(0)
		for name, info := range infos {
			total += info.Bytes
			if info.Bytes < 0 || info.Offset < 8 || info.Offset-8+info.Bytes > data || info.Len()*info.DType.Size() != info.Bytes {
				t.Fatalf("%q: %+v of %d bytes", name, info, data)
			}
		}
		if total != data {
			t.Fatalf("tensors of %d bytes in %d", total, data)
		}
	})
}
