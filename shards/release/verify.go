package release

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

// Level says how deep Verify looks; each level includes those before it.
type Level string

// Levels. The signature is looked at with the files; a replay is the caller's.
const (
	Files     Level = "files" // layout, sizes and hashes
	Signature Level = "signature"
	Schema    Level = "schema" // footers, columns and counts
	Rows      Level = "rows"   // every row against plan, images and answers
	Replay    Level = "replay" // every byte rebuilt from captions and answers
)

// Plan gives the pairs that a release was made of, in order.
type Plan interface {
	Pair(split string, k int64) (shards.Pair, error)
}

// VerifyOptions say how deep to look.
type VerifyOptions struct {
	Level Level
	Key   *Key // whose owner should have signed the release; nil checks no signature
	// OpenPlan reads the plan of a release: at level Rows, after its files
	// have been checked.
	OpenPlan func(dir string, m *shards.Manifest) (Plan, error)
}

// Problem is one thing wrong with a release. Row is -1 where no row is meant.
type Problem struct {
	Level  Level  `json:"level,omitempty"` // that found it
	File   string `json:"file"`
	Row    int64  `json:"row"` // from 0
	Column string `json:"column,omitempty"`
	What   string `json:"what"`
}

// String gives the problem on one line.
func (p Problem) String() string {
	where := p.File
	if p.Row >= 0 {
		where += fmt.Sprintf(" row %d", p.Row)
	}
	if p.Column != "" {
		where += " column " + p.Column
	}
	return where + ": " + p.What
}

// Report is what Verify found.
type Report struct {
	Dir        string    `json:"dir"`
	Name       string    `json:"name,omitempty"`
	Version    string    `json:"version,omitempty"`
	Level      Level     `json:"level"` // that was reached
	Files      int       `json:"files"`
	Bytes      int64     `json:"bytes"`
	Rows       int64     `json:"rows"`        // looked at
	Signed     bool      `json:"signed"`      // it holds an attestation
	KeyChecked bool      `json:"key_checked"` // it was signed by the key that was given
	Problems   []Problem `json:"problems"`    // empty: all is well
}

// maxProblems bounds a report; a shifted file would fill it with every row.
const maxProblems = 100

// Verify looks for what is wrong in a release, level by level. Every file is looked
// at, whatever is wrong with others; the rows only where all files are right. An
// error means that it could not look.
func Verify(ctx context.Context, dir string, o VerifyOptions) (*Report, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, fault.Input("verify", dir, "give the folder of a release", "no such folder")
	}
	if _, err := os.Lstat(filepath.Join(dir, sumsFile)); err != nil {
		return nil, fault.Input("verify", dir, "give the folder of a release", "it has no %s", sumsFile)
	}
	v := &verifier{ctx: ctx, dir: dir, o: o, report: &Report{Dir: dir, Problems: []Problem{}}}
	for _, level := range []struct {
		name Level
		look func() error
	}{{Files, v.files}, {Schema, v.schema}, {Rows, v.rows}} {
		v.report.Level = level.name
		if err := level.look(); err != nil {
			return nil, fmt.Errorf("verify %s: %w", dir, err)
		}
		next := level.name == Files && v.m != nil || len(v.report.Problems) == 0
		if level.name == o.Level || !next {
			break
		}
	}
	slices.SortStableFunc(v.report.Problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(depth(a.Level), depth(b.Level)), strings.Compare(a.File, b.File))
	})
	return v.report, nil
}

// depth gives the place of a level.
func depth(l Level) int { return slices.Index([]Level{Files, Signature, Schema, Rows, Replay}, l) }

// verifier looks through one release.
type verifier struct {
	ctx     context.Context
	dir     string
	o       VerifyOptions
	m       *shards.Manifest // set by files
	there   map[string]found
	signing bool // the signature is looked at
	report  *Report
}

// bad takes in a problem of a file.
func (v *verifier) bad(file, format string, args ...any) {
	v.add(Problem{File: file, Row: -1, What: fmt.Sprintf(format, args...)})
}

func (v *verifier) add(p Problem) {
	if p.Level = v.report.Level; p.File == attestationFile || v.signing {
		p.Level = Signature
	}
	if !v.full() {
		v.report.Problems = append(v.report.Problems, p)
	}
}

func (v *verifier) full() bool { return len(v.report.Problems) >= maxProblems }

func (v *verifier) path(slash string) string { return filepath.Join(v.dir, filepath.FromSlash(slash)) }
