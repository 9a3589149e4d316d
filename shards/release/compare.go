package release

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/pcclip/pcclip/shards"
)

// Compare gives the first difference between a release and another one that
// should be the same: the first file in the order of names, and in a table the
// first row and column. nil means that every byte is the same, but for the
// signature, which only the owner of its key can make.
func Compare(dir, other string) (*Problem, error) {
	names, err := listFiles(dir)
	if err != nil {
		return nil, err
	}
	others, err := listFiles(other)
	if err != nil {
		return nil, err
	}
	all := slices.DeleteFunc(slices.Concat(names, others), func(name string) bool { return name == attestationFile })
	slices.Sort(all)
	for _, name := range slices.Compact(all) {
		a, errA := shards.SHA256(filepath.Join(dir, filepath.FromSlash(name)))
		b, errB := shards.SHA256(filepath.Join(other, filepath.FromSlash(name)))
		switch {
		case errors.Is(errA, fs.ErrNotExist):
			return &Problem{File: name, Row: -1, What: "it is missing"}, nil
		case errors.Is(errB, fs.ErrNotExist):
			return &Problem{File: name, Row: -1, What: "it is one file too many"}, nil
		case errA != nil || errB != nil:
			return nil, errors.Join(errA, errB)
		case a != b && name != sumsFile && name != ManifestFile && name != croissantFile && name != cardFile:
			return locate(dir, other, name)
		}
	}
	for _, name := range []string{cardFile, croissantFile, ManifestFile, sumsFile} { // they follow from the others
		a, errA := os.ReadFile(filepath.Join(dir, name))
		b, errB := os.ReadFile(filepath.Join(other, name))
		if errA != nil || errB != nil {
			return nil, errors.Join(errA, errB)
		}
		if x, y := unsigned(name, a), unsigned(name, b); x != y {
			return &Problem{File: name, Row: -1, What: firstLine(x, y)}, nil
		}
	}
	return nil, nil
}

// unsigned gives a file without what the signature adds to it: its line in
// SHA256SUMS.
func unsigned(name string, doc []byte) string {
	if name != sumsFile {
		return string(doc)
	}
	lines := slices.DeleteFunc(strings.SplitAfter(string(doc), "\n"), func(line string) bool { return strings.HasSuffix(line, "  "+attestationFile+"\n") })
	return strings.Join(lines, "")
}

// firstLine says where two texts part.
func firstLine(a, b string) string {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(as), len(bs)) {
		if as[i] != bs[i] {
			return fmt.Sprintf("line %d is %q, and should be %q", i+1, as[i], bs[i])
		}
	}
	return fmt.Sprintf("it has %d lines, and should have %d", len(as), len(bs))
}

// locate finds the first row and column in which two versions of a file differ.
func locate(dir, other, name string) (*Problem, error) {
	a, b := filepath.Join(dir, filepath.FromSlash(name)), filepath.Join(other, filepath.FromSlash(name))
	switch {
	case strings.HasPrefix(name, "data/"), strings.HasPrefix(name, "rejected/"):
		return locateRow(name, shards.ReadRows(a), shards.ReadRows(b))
	case strings.HasPrefix(name, "responses/"):
		return locateRow(name, shards.ReadTable[shards.Answer](a), shards.ReadTable[shards.Answer](b))
	case strings.HasSuffix(name, ".parquet"):
		return &Problem{File: name, Row: -1, What: "its bytes are others"}, nil
	}
	x, errX := os.ReadFile(a)
	y, errY := os.ReadFile(b)
	return &Problem{File: name, Row: -1, What: firstLine(string(x), string(y))}, errors.Join(errX, errY)
}

func locateRow[T any](name string, a, b iter.Seq2[T, error]) (*Problem, error) {
	nextA, stopA := iter.Pull2(a)
	defer stopA()
	nextB, stopB := iter.Pull2(b)
	defer stopB()
	for index := int64(0); ; index++ {
		rowA, errA, okA := nextA()
		rowB, errB, okB := nextB()
		switch {
		case errA != nil:
			return &Problem{File: name, Row: index, What: errA.Error()}, nil
		case errB != nil:
			return nil, errB
		case okA != okB:
			return &Problem{File: name, Row: index, What: map[bool]string{true: "it is one row too many", false: "it is missing"}[okA]}, nil
		case !okA:
			return &Problem{File: name, Row: -1, What: "its rows are right, its bytes are others"}, nil
		}
		if names := differingColumns(rowA, rowB); len(names) > 0 {
			return &Problem{
				File: name, Row: index, Column: names[0],
				What: fmt.Sprintf("it is %s, and should be %s", column(rowA, names[0]), column(rowB, names[0])),
			}, nil
		}
	}
}

// differingColumns names the columns in which two rows differ, in their order.
func differingColumns(a, b any) []string {
	var names []string
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range x.NumField() {
		if !reflect.DeepEqual(x.Field(i).Interface(), y.Field(i).Interface()) {
			names = append(names, columnName(x.Type().Field(i)))
		}
	}
	return names
}

func columnName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("parquet"), ",")
	return name
}

// column gives the value of a column, as it is shown.
func column(row any, name string) string {
	v := reflect.ValueOf(row)
	for i := range v.NumField() {
		if columnName(v.Type().Field(i)) == name {
			return show(v.Field(i))
		}
	}
	return ""
}

// show prints a value, a nil pointer as null.
func show(v reflect.Value) string {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return "null"
		}
		v = v.Elem()
	}
	return fmt.Sprintf("%#v", v.Interface())
}
