package release

import (
	"context"
	"iter"
	"regexp"
	"strings"
	"time"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

// Options of a release.
type Options struct {
	Run          string // a finished run
	Out          string // the folder to make; must not exist
	Prompt       string // text of the run's prompt, with the hash of the manifest
	Changelog    string // whole text of CHANGELOG.md; "" writes one of this version alone
	AllowPartial bool   // release a run with failed or pending pairs

	Name        string // of the dataset
	Version     string // MAJOR.MINOR.PATCH
	Date        string // YYYY-MM-DD; "" leaves it out
	Author      string // "" stands for the dataset's own contributors
	URL         string // home page; "" leaves it out
	License     string // the Hub's identifier
	RowsPerFile int64  // at most

	Sign *Key // a private key; nil leaves the release unsigned

	Plan Plan // of the run, with as many texts of each pair as it asked for
	// Answers gives the recorded answers of the run, nil where they are gone.
	Answers AnswerSource
	// NoAnswers leaves the answers out, and with them the means to rebuild the
	// release.
	NoAnswers bool
	Judge     *Judge // that was applied to the run; nil for none
}

// AnswerSource gives the recorded answers of a run.
type AnswerSource interface {
	// All gives what came of every settled request, each once, in any order.
	All(ctx context.Context) iter.Seq2[shards.Answer, error]
	// Settings gives what every request carried, and whether rows count the
	// CLIP tokens of their text.
	Settings() (s shards.Sampling, clipTokens bool)
}

// Judge is a model whose rejections were applied to the run.
type Judge struct {
	Name    string
	Dir     string // its run
	Prompt  string // text of its question, with the hash of its manifest
	Answers AnswerSource
}

// DefaultOptions leave Run, Out, Prompt, Name and Version to set. Half a million
// rows of this dataset's size stay well under the Hub's 500 MB.
func DefaultOptions() Options { return Options{License: "other", RowsPerFile: 500_000} }

var (
	versionForm = regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$`)
	nameForm    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,95}$`)
	licenseForm = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,63}$`)
)

// Validate names the first bad field.
func (o Options) Validate() error {
	switch {
	case !nameForm.MatchString(o.Name):
		return fault.Input("release", "--name", "give letters, digits, dots and dashes", "%q is no name for a dataset", o.Name)
	case !versionForm.MatchString(o.Version):
		return fault.Input("release", "--version", "give MAJOR.MINOR.PATCH, such as 1.0.0", "%q is no version", o.Version)
	case o.RowsPerFile < 1:
		return fault.Input("release", "--rows-per-file", "give 1 or more", "%d is out of range", o.RowsPerFile)
	case !licenseForm.MatchString(o.License):
		return fault.Input("release", "--license", "give the Hub's identifier, such as cc-by-4.0 or other", "%q is no licence", o.License)
	case strings.ContainsAny(o.Author+o.URL, "\n\r"):
		return fault.Input("release", "--author", "give author and URL on one line each", "a line break")
	}
	if _, err := time.Parse(time.DateOnly, o.Date); o.Date != "" && err != nil {
		return fault.Input("release", "--date", "give YYYY-MM-DD", "%q is no date", o.Date)
	}
	return nil
}
