package generate

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/pcclip/pcclip/generate/check"
	"github.com/pcclip/pcclip/prompts"
	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

// Reasons for which a judge rejects a row.
const (
	JudgedOrder       = "judge_order"       // it takes the other image for the first
	JudgedUnsupported = "judge_unsupported" // a claim does not follow from the captions
)

// judgeRules is the name in the place of rules, where a judge decides.
const judgeRules = "judge/1"

// sentence makes a verdict on a pair's difference of what the judge says.
func sentence(text string, p shards.Pair) check.Verdict {
	j, err := prompts.ParseJudgement(values(p), text)
	switch {
	case err != nil:
		return check.Verdict{Text: text, Reason: malformed}
	case !j.InOrder:
		return check.Verdict{Text: p.Difference, Reason: JudgedOrder}
	case !j.Supported:
		return check.Verdict{Text: p.Difference, Reason: JudgedUnsupported}
	}
	return check.Verdict{Text: p.Difference}
}

// ruledBy names all that decides about rows: the rules and, where one was
// applied, the judge.
func (r *run) ruledBy() string {
	if r.judges == nil {
		return r.rules.Version()
	}
	return r.rules.Version() + judgeMark + r.judges.name
}

const judgeMark = "+judge/"

// ruledBefore takes a name by ruledBy apart: into the name of a built-in set, or
// the version of a file of rules, and the judge.
func ruledBefore(name string) (rules, judge string) {
	version, judge, _ := strings.Cut(name, judgeMark)
	rules, _, _ = strings.Cut(version, "/")
	return rules, judge
}

// AppliedJudge names the judge whose rejections were applied to a run, "" for
// none.
func AppliedJudge(runDir string) (string, error) {
	m, err := shards.ReadManifest(filepath.Join(runDir, "manifest.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	_, name := ruledBefore(m.Run.Rules)
	return name, nil
}

// judgements are what a judge's run says of rows.
type judgements struct {
	name     string
	rejected map[string]shards.Row // by pair
	passed   map[string]bool
}

// JudgeDir is the folder of a judge's run within the run that it judges.
func JudgeDir(runDir, name string) string { return filepath.Join(runDir, "judge", name) }

// readJudgements reads a judge's run.
func readJudgements(runDir, name string) (*judgements, error) {
	dir := JudgeDir(runDir, name)
	m, err := shards.ReadManifest(filepath.Join(dir, "manifest.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Input("check", dir, "run pcclip judge first", "no judge of this name has judged the run")
	}
	if err != nil {
		return nil, err
	}
	if m.Run.Rules != judgeRules {
		return nil, fault.Input("check", dir, "give the --name of a pcclip judge", "the folder is no judge's run")
	}
	j := &judgements{name: name, rejected: map[string]shards.Row{}, passed: map[string]bool{}}
	for _, f := range m.Files {
		for row, err := range shards.ReadRows(filepath.Join(dir, filepath.FromSlash(f.Path))) {
			if err != nil {
				return nil, fmt.Errorf("read judgements: %w", err)
			}
			if f.Kind == shards.KindAccepted {
				j.passed[row.PairID] = true
			} else if row.RejectReason == JudgedOrder || row.RejectReason == JudgedUnsupported {
				j.rejected[row.PairID] = row
			}
		}
	}
	return j, nil
}

// reject turns an accepted text into a rejected one, where the judge did so. It
// tells whether there is a judgement of it.
func (j *judgements) reject(pairID string, g *ruling) (judged bool) {
	row, found := j.rejected[pairID]
	if !found || row.Difference != g.verdict.Text {
		return j.passed[pairID]
	}
	g.verdict = check.Verdict{Text: g.said, Reason: row.RejectReason}
	return true
}
