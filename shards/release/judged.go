package release

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

// judgeReason begins the reasons for which a judge rejects.
const judgeReason = "judge_"

// judging gathers the judge's answers that decided rows: those about an accepted
// row as it stands, and those behind a rejection.
type judging struct {
	*answerSet
	said map[string]judgement // by pair
	m    *shards.Judge
}

type judgement struct {
	key      requestKey
	text     rowDigest // that was judged
	rejected bool
}

// newJudging reads the run of a judge.
func newJudging(o *Judge) (*judging, error) {
	m, err := shards.ReadManifest(filepath.Join(o.Dir, ManifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Input("release", o.Dir, "put the judge's run back, or leave the answers out with --no-answers", "the run of the judge %s is gone", o.Name)
	}
	if err != nil {
		return nil, err
	}
	if digest := textDigest(o.Prompt); digest != m.Run.PromptSHA256 {
		return nil, fault.Input("release", o.Dir, "restore the prompt file", "the prompt is not the one that the judge was asked with")
	}
	set, err := newAnswerSet(m.Totals.Accepted + m.Totals.Rejected)
	if err != nil {
		return nil, err
	}
	sampling, _ := o.Answers.Settings()
	j := &judging{answerSet: set, said: map[string]judgement{}, m: &shards.Judge{
		Name: o.Name, PromptID: m.Run.PromptID, PromptSHA256: m.Run.PromptSHA256, ModelRequested: m.Run.ModelRequested, Sampling: &sampling,
	}}
	return j, errors.Join(m.VerifyFiles(o.Dir), j.read(o.Dir, m))
}

func (j *judging) read(dir string, m *shards.Manifest) error {
	for _, split := range splits(m) {
		for _, kind := range []string{shards.KindAccepted, shards.KindRejected} {
			for row, err := range rowsOf(dir, m, kind, split) {
				if err != nil {
					return err
				}
				rejected := strings.HasPrefix(row.RejectReason, judgeReason)
				if kind == shards.KindRejected && !rejected {
					continue // it is no judgement
				}
				key, err := readRequestKey(row.RequestSHA256)
				if err != nil {
					return err
				}
				j.said[row.PairID] = judgement{key, digestText(row.Difference), rejected}
			}
		}
	}
	return nil
}

// see takes down what was said of a row.
func (j *judging) see(kind string, row *shards.Row) error {
	said, found := j.said[row.PairID]
	byJudge := strings.HasPrefix(row.RejectReason, judgeReason)
	switch {
	case kind == shards.KindRejected && !byJudge:
		return nil // it was not asked about
	case byJudge && (!found || !said.rejected):
		return fault.Input("release", j.m.Name, "put the judge's run back as it was", "it does not hold the judgement on %s", row.PairID)
	case byJudge, found && !said.rejected && said.text == digestText(row.Difference):
		j.wanted = append(j.wanted, said.key)
		j.m.Judged++
	default:
		j.m.Unjudged++
	}
	return nil
}
