package query

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

// view is one table of a folder: the files it reads, absolute, and the columns
// that it has even without files.
type view struct {
	name    string
	files   []string
	columns []shards.Column
}

// findViews looks into the folder of a run or release: rows and rejected always,
// images where there is a table of them.
func findViews(root string) ([]view, error) {
	abs, err := filepath.Abs(root)
	if err != nil {
		return nil, fmt.Errorf("open shards %s: %w", root, err)
	}
	dir, err := os.OpenRoot(abs)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Input("open shards", root, "give the folder of a run or of a release", "no such folder")
	}
	if err != nil {
		return nil, &fault.Error{Op: "open shards", Where: root, Err: err, Hint: "give the folder of a run or of a release", Code: fault.Usage}
	}
	defer dir.Close()
	columns, err := shards.Columns[shards.Row]()
	if err != nil {
		return nil, err
	}
	rows, err := firstShards(dir, abs, "shards", "data", ".")
	if err != nil {
		return nil, err
	}
	rejected, err := firstShards(dir, abs, "rejected")
	if err != nil {
		return nil, err
	}
	views := []view{{"rows", rows, columns}, {"rejected", rejected, columns}}
	if info, err := dir.Stat("images.parquet"); err == nil && info.Mode().IsRegular() {
		views = append(views, view{name: "images", files: []string{filepath.Join(abs, "images.parquet")}})
	}
	return views, nil
}

// firstShards gives the shards of the first of the folders that has any.
func firstShards(dir *os.Root, abs string, folders ...string) ([]string, error) {
	for _, folder := range folders {
		entries, err := fs.ReadDir(dir.FS(), folder)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("list shards: %w", err)
		}
		var files []string
		for _, e := range entries {
			name := path.Join(folder, e.Name())
			if !strings.HasSuffix(name, ".parquet") || strings.HasPrefix(e.Name(), ".") || name == "images.parquet" {
				continue
			}
			// A link out of the folder is refused here.
			if info, err := dir.Stat(name); err != nil || !info.Mode().IsRegular() {
				return nil, fault.Input("open shards", filepath.Join(abs, name), "remove it", "not a file inside this folder")
			}
			files = append(files, filepath.Join(abs, filepath.FromSlash(name)))
		}
		if len(files) > 0 {
			return files, nil
		}
	}
	return nil, nil
}

// sql gives the statement that makes the view. The empty table in front gives
// every known column also where there are no files, or older ones.
func (v view) sql() string {
	parts := []string{}
	if len(v.columns) > 0 {
		nulls := make([]string, len(v.columns))
		for i, c := range v.columns {
			nulls[i] = fmt.Sprintf("NULL::%s AS %s", sqlType(c.Type), quoteName(c.Name))
		}
		parts = append(parts, "SELECT "+strings.Join(nulls, ", ")+" WHERE false")
	}
	if len(v.files) > 0 {
		parts = append(parts, "SELECT * FROM read_parquet("+quoteList(v.files)+", union_by_name = true)")
	}
	return "CREATE VIEW " + quoteName(v.name) + " AS " + strings.Join(parts, " UNION ALL BY NAME ")
}

func sqlType(dtype string) string {
	switch dtype {
	case "string":
		return "VARCHAR"
	case "int32":
		return "INTEGER"
	case "int64":
		return "BIGINT"
	}
	return strings.ToUpper(dtype)
}

func quoteName(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

func quoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// quoteList gives a SQL list of paths.
func quoteList(files []string) string {
	quoted := make([]string, len(files))
	for i, f := range files {
		quoted[i] = quoteText(literalGlob(f))
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// literalGlob makes a pattern that matches this path alone: DuckDB takes every
// path for a pattern.
func literalGlob(path string) string {
	return strings.NewReplacer("*", "[*]", "?", "[?]", "[", "[[]").Replace(path)
}
