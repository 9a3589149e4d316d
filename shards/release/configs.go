package release

import (
	"path"
	"slices"

	"github.com/pcclip/pcclip/shards"
)

// config is one set of tables that share their columns, in the Hub's sense.
type config struct {
	Name    string
	Glob    string // of all its files
	Splits  []configSplit
	Columns []shards.Column
	Files   []shards.File
}

type configSplit struct {
	Name  string
	Glob  string
	Bytes int64
	Rows  int64
}

// configs gives the tables of a release. images.parquet has nested columns and
// stands for itself.
func configs(files []shards.File) ([]config, error) {
	rows, err := shards.Columns[shards.Row]()
	if err != nil {
		return nil, err
	}
	answers, err := shards.Columns[shards.Answer]()
	if err != nil {
		return nil, err
	}
	var out []config
	for _, c := range []struct {
		name, kind string
		columns    []shards.Column
	}{{"default", shards.KindAccepted, rows}, {"rejected", shards.KindRejected, rows}, {"responses", shards.KindAnswers, answers}, {"judge", shards.KindJudged, answers}} {
		made := config{Name: c.name, Columns: c.columns}
		for _, f := range files {
			if f.Kind == c.kind {
				made.add(f)
			}
		}
		if made.Files != nil {
			out = append(out, made)
		}
	}
	return out, nil
}

func (c *config) add(f shards.File) {
	split := f.Split
	if split == "" {
		split = "train" // the Hub knows no table without a split
	}
	at := slices.IndexFunc(c.Splits, func(s configSplit) bool { return s.Name == split })
	if at < 0 {
		prefix := f.Split
		if prefix == "" {
			prefix = c.Name
		}
		at = len(c.Splits)
		c.Splits = append(c.Splits, configSplit{Name: split, Glob: path.Dir(f.Path) + "/" + prefix + "-*.parquet"})
	}
	if c.Glob = path.Dir(f.Path) + "/*.parquet"; f.Split == "" {
		c.Glob = path.Dir(f.Path) + "/" + c.Name + "-*.parquet"
	}
	c.Splits[at].Bytes += f.Bytes
	c.Splits[at].Rows += f.Rows
	c.Files = append(c.Files, f)
}

// Bytes adds up the files.
func (c config) Bytes() int64 {
	n := int64(0)
	for _, f := range c.Files {
		n += f.Bytes
	}
	return n
}
