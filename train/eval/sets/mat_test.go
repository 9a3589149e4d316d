package sets

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pcclip/pcclip/train/eval/sets/setstest"
)

func matFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := setstest.MATFiles.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestMATFilesOfSciPy(t *testing.T) {
	var labels, numbers []int
	for i := range 408 {
		labels, numbers = append(labels, i%102+1), append(numbers, i+1)
	}
	split := map[string][]int{"trnid": numbers[:102], "valid": numbers[102:204], "tstid": numbers[204:]}
	kinds := map[string][]int{}
	for _, kind := range strings.Fields("int8 uint8 int16 uint16 int32 uint32 int64 uint64 float32 float64") {
		kinds[kind] = []int{1, 4, 2, 5, 100, 6} // by column
	}
	for name, want := range map[string]map[string][]int{
		"imagelabels.mat": {"labels": labels}, "imagelabels_plain.mat": {"labels": labels},
		"setid.mat": split, "setid_plain.mat": split, "kinds.mat": kinds,
	} {
		got, err := matVectors(matFile(t, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// element makes an element in a byte order, padded.
func element(order binary.AppendByteOrder, kind uint32, body []byte) []byte {
	out := order.AppendUint32(order.AppendUint32(nil, kind), uint32(len(body)))
	return append(out, append(body, make([]byte, (8-len(body)%8)%8)...)...)
}

// matrix makes a variable of uint16 numbers and a file that holds it.
func matrix(order binary.AppendByteOrder, dims []uint32, values ...uint16) []byte {
	var flags, size, data []byte
	flags = order.AppendUint32(order.AppendUint32(flags, 11), 0)
	for _, d := range dims {
		size = order.AppendUint32(size, d)
	}
	for _, v := range values {
		data = order.AppendUint16(data, v)
	}
	return slices.Concat(element(order, miUINT32, flags), element(order, miINT32, size), element(order, miINT8, []byte("labels")), element(order, miUINT16, data))
}

func fileOf(order binary.AppendByteOrder, elements ...[]byte) []byte {
	head := bytes.Repeat([]byte(" "), 124)
	head = order.AppendUint16(order.AppendUint16(head, 0x0100), 'M'<<8|'I')
	return append(head, slices.Concat(elements...)...)
}

func deflated(data []byte) []byte {
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	z.Write(data)
	z.Close()
	return out.Bytes()
}

func TestMATOfEitherByteOrder(t *testing.T) {
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		got, err := matVectors(fileOf(order, element(order, miMATRIX, matrix(order, []uint32{1, 3}, 7, 300, 9))))
		if err != nil || !slices.Equal(got["labels"], []int{7, 300, 9}) {
			t.Errorf("%v: %v, %v", order, got, err)
		}
	}
}

func TestBadMATFiles(t *testing.T) {
	le := binary.LittleEndian
	good := element(le, miMATRIX, matrix(le, []uint32{1, 2}, 1, 2))
	bomb := element(le, miMATRIX, append(matrix(le, []uint32{1, 1 << 25}), make([]byte, 1<<25)...))
	packed := deflated(bomb)
	hdf := fileOf(le)
	hdf[125] = 2
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"empty":                {nil, "shorter than a header"},
		"another file":         {bytes.Repeat([]byte("x"), 200), "no byte order"},
		"version 7.3":          {hdf, "save it with -v7"},
		"cut in an element":    {fileOf(le, good)[:150], "truncated"},
		"cut in a tag":         {fileOf(le, good, []byte{14, 0, 0}), "3 bytes where an element"},
		"no variable":          {fileOf(le, element(le, miUINT8, []byte{1})), "type 2 where a variable"},
		"too few numbers":      {fileOf(le, element(le, miMATRIX, matrix(le, []uint32{1, 3}, 1, 2))), "has 2 numbers, its dimensions ask for 3"},
		"dimensions too large": {fileOf(le, element(le, miMATRIX, matrix(le, []uint32{1 << 31, 1 << 31}, 1))), "too large"},
		"product too large":    {fileOf(le, element(le, miMATRIX, matrix(le, []uint32{1 << 20, 1 << 20}, 1))), "too large"},
		"one dimension":        {fileOf(le, element(le, miMATRIX, matrix(le, []uint32{2}, 1, 2))), "without dimensions"},
		"no flags":             {fileOf(le, element(le, miMATRIX, element(le, miINT32, make([]byte, 8)))), "without array flags"},
		"bad zlib":             {fileOf(le, element(le, miCOMPRESSED, []byte("not zlib"))), "zlib"},
		"zlib bomb":            {fileOf(le, append(le.AppendUint32(le.AppendUint32(nil, miCOMPRESSED), uint32(len(packed))), packed...)), "more than 16777216 bytes"},
		"two in one":           {fileOf(le, element(le, miCOMPRESSED, deflated(append(good, good...)))), "after a compressed variable"},
		"a long short element": {fileOf(le, []byte{14, 0, 9, 0, 0, 0, 0, 0}), "short element of 9 bytes"},
		"fractions":            {matFile(t, "fractions.mat"), "1.5 is not a whole number"},
	} {
		_, err := matVectors(c.data)
		if !errors.Is(err, errMAT) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func FuzzMAT(f *testing.F) {
	for _, name := range []string{"imagelabels.mat", "setid_plain.mat", "kinds.mat", "fractions.mat"} {
		f.Add(matFile(f, name))
	}
	be := binary.BigEndian
	f.Add(fileOf(be, element(be, miMATRIX, matrix(be, []uint32{1, 2}, 1, 2))))
	f.Fuzz(func(t *testing.T, data []byte) {
		vectors, err := matVectors(data)
		if err != nil && !errors.Is(err, errMAT) {
			t.Fatalf("an error of another kind: %v", err)
		}
		if err != nil && vectors != nil {
			t.Fatal("values beside an error")
		}
	})
}
