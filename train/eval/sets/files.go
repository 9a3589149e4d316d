package sets

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"

	"github.com/pcclip/pcclip/shards/fault"
)

// builtin holds the plain files: class names, templates, wordings, groups and
// attributes. Lines that start with # are comments; fields are split by tabs.
//
//go:embed files
var builtin embed.FS

// table reads a plain file as rows of fields from least to most: the user's,
// where there is one. A file that neither has gives no rows.
func (r reader) table(name string, least, most int) ([][]string, error) {
	rows, err := r.own(name, least, most)
	if err != nil || rows != nil {
		return rows, err
	}
	return shipped(name, least, most)
}

// own reads a file of the user's; it gives no rows where there is none.
func (r reader) own(name string, least, most int) ([][]string, error) {
	if r.Files == "" {
		return nil, nil
	}
	where := filepath.Join(r.Files, filepath.FromSlash(name))
	data, err := os.ReadFile(where)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fault.Input("read", where, "check --class-names", "%w", err)
	}
	rows, err := parseTable(data, least, most)
	if err != nil {
		return nil, fault.Input("read", where, "correct the line", "%w", err)
	}
	return rows, nil
}

// shipped reads a file built in; it gives no rows where there is none.
func shipped(name string, least, most int) ([][]string, error) {
	data, err := builtin.ReadFile(path.Join("files", name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	rows, err := parseTable(data, least, most)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return rows, nil
}

func parseTable(data []byte, least, most int) ([][]string, error) {
	var rows [][]string
	for n, line := range lines(data) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(line, "\t")
		if len(fields) < least || len(fields) > most {
			return nil, fmt.Errorf("line %d (blank ones not counted) has %d fields split by tabs, %d to %d are wanted", n+1, len(fields), least, most)
		}
		for i := range fields {
			if fields[i] = strings.TrimSpace(fields[i]); fields[i] == "" {
				return nil, fmt.Errorf("line %d (blank ones not counted) has an empty field", n+1)
			}
		}
		rows = append(rows, fields)
	}
	return rows, nil
}

// classes names the classes of a set. A row of classes/SET.txt is a label, its
// name, and how the published evaluation writes it, where that is not the label.
// The user's rows go before those built in; a label without row is made readable
// by rule.
func (r reader) classes(f folder, labels []string) ([]Class, error) {
	name := "classes/" + f.set + ".txt"
	known := map[string][]string{}
	rows, err := shipped(name, 1, 3)
	if err != nil {
		return nil, err
	}
	own, err := r.own(name, 2, 3)
	if err != nil {
		return nil, err
	}
	for _, row := range append(rows, own...) {
		known[row[0]] = row
	}
	out := make([]Class, len(labels))
	for i, label := range labels {
		out[i] = r.class(label, known[label])
	}
	return out, distinct(f.set, out)
}

// listed gives the labels of a set that has no label list of its own: those of
// the rows of classes/SET.txt that is built in, in order.
func listed(set string) ([]string, error) {
	rows, err := shipped("classes/"+set+".txt", 1, 3)
	if err != nil {
		return nil, err
	}
	labels := make([]string, len(rows))
	for i, row := range rows {
		labels[i] = row[0]
	}
	return labels, nil
}

// class names a class by its row, which may be missing.
func (r reader) class(label string, row []string) Class {
	c := Class{Label: label, Name: label}
	switch {
	case r.PaperCompat && len(row) == 3:
		c.Name = row[2]
	case r.PaperCompat:
	case len(row) > 1:
		c.Name = row[1]
	case len(row) == 0:
		c.Name = readable(label)
	}
	return c
}

// distinct refuses classes that a prompt could not tell apart.
func distinct(set string, classes []Class) error {
	if len(classes) < 2 {
		return fault.Input("read set "+set, "", "complete the set", "%d classes, at least 2 are needed", len(classes))
	}
	labels, names := map[string]bool{}, map[string]bool{}
	for _, c := range classes {
		if labels[c.Label] || names[c.Name] {
			return fault.Input("read set "+set, "", "give each class a label and a name of its own", "two classes are called %s (%s)", c.Name, c.Label)
		}
		labels[c.Label], names[c.Name] = true, true
	}
	return nil
}

var (
	humps  = regexp.MustCompile(`(\p{Ll})(\p{Lu})`)
	blanks = strings.NewReplacer("_", " ", "+", " ")
)

// readable makes a name of a label: AnnualCrop, grizzly+bear, Black_footed_Albatross
// and apse/indoor become annual crop, grizzly bear, black-footed albatross and
// indoor apse. Birds' names lose their hyphens in CUB's labels: a word in lower
// case goes with the one before it.
func readable(label string) string {
	what, kind, ok := strings.Cut(label, "/")
	if ok {
		label = kind + " " + what
	}
	words := strings.Fields(blanks.Replace(humps.ReplaceAllString(label, "$1 $2")))
	titled := len(words) > 0 && unicode.IsUpper([]rune(words[0])[0])
	var out strings.Builder
	for i, w := range words {
		switch {
		case i == 0:
		case titled && unicode.IsLower([]rune(w)[0]):
			out.WriteByte('-')
		default:
			out.WriteByte(' ')
		}
		out.WriteString(strings.ToLower(w))
	}
	return out.String()
}

// templates gives the prompt templates of a set, {} for the class name.
func (s *Set) templates() ([]string, error) {
	if s.reader.PaperCompat {
		return []string{paperTemplate}, nil
	}
	rows, err := s.reader.table("templates/"+s.Name+".txt", 1, 1)
	if err == nil && len(rows) == 0 {
		rows, err = s.reader.table("templates/default.txt", 1, 1)
	}
	if err != nil {
		return nil, err
	}
	var out []string
	for _, row := range rows {
		if !strings.Contains(row[0], "{}") {
			return nil, fault.Input("read templates of", s.Name, "put {} where the class name goes", "no {} in %q", row[0])
		}
		out = append(out, row[0])
	}
	return out, nil
}
