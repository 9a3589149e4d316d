package release

import (
	"path/filepath"
	"strings"

	"github.com/pcclip/pcclip/shards"
)

// schema looks at the footer of every table: its columns, in the words of the
// Hub, its rows and its split.
func (v *verifier) schema() error {
	rows, err := shards.Features[shards.Row]()
	if err != nil {
		return err
	}
	answers, err := shards.Features[shards.Answer]()
	if err != nil {
		return err
	}
	want := map[string]string{shards.KindAccepted: rows, shards.KindRejected: rows, shards.KindAnswers: answers, shards.KindJudged: answers}
	for _, f := range v.m.Files {
		if _, there := v.there[f.Path]; !strings.HasSuffix(f.Path, ".parquet") || !there {
			continue // a missing one was named before
		}
		meta, err := shards.ReadMeta(v.path(f.Path))
		if err != nil {
			v.bad(f.Path, "%s", v.short(err))
			continue
		}
		if w := want[f.Kind]; w != "" && meta["huggingface"] != `{"info":{"features":`+w+`}}` {
			v.bad(f.Path, "its columns are not those of this version of pcclip")
		}
		n, err := shards.CountRows(v.path(f.Path))
		if err != nil {
			v.bad(f.Path, "%s", v.short(err))
		} else if n != f.Rows && f.Kind != shards.KindImages {
			v.bad(f.Path, "its footer promises %d rows, the manifest %d", n, f.Rows)
		}
		if meta["pcclip.split"] != f.Split {
			v.bad(f.Path, "its footer says split %q, the manifest %q", meta["pcclip.split"], f.Split)
		}
		if f.Rows > v.m.Release.RowsPerFile {
			v.bad(f.Path, "it has %d rows, more than the %d of a file", f.Rows, v.m.Release.RowsPerFile)
		}
	}
	return nil
}

// short gives an error without the release's own path.
func (v *verifier) short(err error) string {
	return strings.ReplaceAll(err.Error(), v.dir+string(filepath.Separator), "")
}
