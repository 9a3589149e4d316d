package sets

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/pcclip/pcclip/shards/fault"
)

// maxFile bounds the label files of a set, in bytes; the largest official one
// (COCO's captions of 2014) has 64 MB.
const maxFile = 256 << 20

// folder is the folder of a set under the data root.
type folder struct {
	set  string
	root *os.Root
	dir  string
}

// join gives the name under the data root of a file of the set.
func (f folder) join(name ...string) string { return path.Join(append([]string{f.dir}, name...)...) }

// bad is the error of a file of the set: exit code 2.
func (f folder) bad(name, format string, args ...any) error {
	return fault.Input("read set "+f.set, f.join(name), "get the file anew; pcclip eval --list-sets shows the layout", format, args...)
}

// read reads a label file.
func (f folder) read(name string) ([]byte, error) {
	file, err := openRegular(f.root, f.join(name))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", f.join(name), err)
	}
	if len(data) > maxFile {
		return nil, f.bad(name, "larger than %d bytes", maxFile)
	}
	return data, nil
}

// lines reads the lines of a text file that are not blank.
func (f folder) lines(name string) ([]string, error) {
	data, err := f.read(name)
	if err != nil {
		return nil, err
	}
	return lines(data), nil
}

// lines splits a text: no byte order mark, no blanks at the ends, no blank line.
func lines(data []byte) []string {
	var out []string
	for line := range strings.Lines(string(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// numbered reads a file of lines "number value", numbers 1, 2, 3, ... in order.
func (f folder) numbered(name string) ([]string, error) {
	all, err := f.lines(name)
	if err != nil {
		return nil, err
	}
	values, err := numbered(all)
	if err != nil {
		return nil, f.bad(name, "%w", err)
	}
	return values, nil
}

func numbered(all []string) ([]string, error) {
	values := make([]string, len(all))
	for i, line := range all {
		number, value, ok := cutBlank(line)
		if !ok {
			return nil, fmt.Errorf("line %d has no number and value: %.80q", i+1, line)
		}
		if n, err := strconv.Atoi(number); err != nil || n != i+1 {
			return nil, fmt.Errorf("line %d is numbered %.20q", i+1, number)
		}
		values[i] = value
	}
	return values, nil
}

// cutBlank cuts a line at its first blanks.
func cutBlank(line string) (before, after string, ok bool) {
	i := strings.IndexAny(line, " \t")
	if i < 0 {
		return line, "", false
	}
	return line[:i], strings.TrimSpace(line[i:]), true
}

// names lists the entries of a folder of the set that pass, in order of name;
// hidden ones never do.
func (f folder) names(name string, pass func(fs.DirEntry) bool) ([]string, error) {
	dir, err := f.root.Open(f.join(name))
	if err != nil {
		return nil, explain(f.join(name), err)
	}
	defer dir.Close()
	entries, err := dir.ReadDir(-1)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", f.join(name), err)
	}
	var out []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && pass(e) {
			out = append(out, e.Name())
		}
	}
	slices.Sort(out)
	return out, nil
}

func isFolder(e fs.DirEntry) bool { return e.IsDir() }

// isImage goes by the ending; what the file holds shows when it is opened.
func isImage(e fs.DirEntry) bool {
	ext := strings.ToLower(path.Ext(e.Name()))
	return !e.IsDir() && slices.Contains([]string{".jpg", ".jpeg", ".png", ".webp"}, ext)
}
