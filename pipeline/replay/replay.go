// Package replay rebuilds a release from the source captions and the recorded
// answers, offline, and compares it with the original byte for byte.
package replay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"regexp"

	"github.com/pcclip/pcclip/generate"
	"github.com/pcclip/pcclip/pipeline/pictures"
	"github.com/pcclip/pcclip/pipeline/sample"
	"github.com/pcclip/pcclip/prompts"
	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/shards/release"
)

// Options say what to rebuild from what.
type Options struct {
	Dir         string // the release
	Captions    string // the captions file that the plan was drawn from
	Images      string // the images folder, where the plan or the questions needed it
	Out         string // keep the rebuilt release here; "" keeps it nowhere
	OpenImage   func(name string) (io.ReadCloser, error)
	CountTokens func(string) int // CLIP tokens of a text
}

// Run rebuilds the release and gives the first difference, nil where every byte
// is the same.
func Run(ctx context.Context, o Options) (*release.Problem, error) {
	m, err := readRelease(o.Dir)
	if err != nil {
		return nil, err
	}
	work, err := os.MkdirTemp("", "pcclip-replay-*")
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	defer os.RemoveAll(work)
	run, out := filepath.Join(work, "run"), filepath.Join(work, "release")
	if o.Out != "" {
		out = o.Out
	}
	if err := os.Mkdir(run, 0o755); err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	plan, err := sample.Redraw(ctx, o.Dir, o.Captions, o.Images)
	if err != nil {
		return nil, err
	}
	if err := plan.Write(run); err != nil {
		return nil, err
	}
	judged, err := rerun(ctx, o, m, plan, work)
	if err != nil {
		return nil, err
	}
	if err := refreeze(ctx, o.Dir, m, plan, run, judged, out); err != nil {
		return nil, err
	}
	return release.Compare(o.Dir, out)
}

// rerun writes the run and, where a judge was applied, the judge's run before:
// about the rows as they were without it. It gives the folder that holds the
// judge's run.
func rerun(ctx context.Context, o Options, m *shards.Manifest, plan *sample.Plan, work string) (judged string, err error) {
	run := filepath.Join(work, "run")
	if m.Release.Judge == nil {
		return "", regenerate(ctx, o, m, plan, run, generate.Recording{})
	}
	judged = filepath.Join(work, "judged")
	if err := os.Mkdir(judged, 0o755); err != nil {
		return "", fmt.Errorf("replay: %w", err)
	}
	if err := regenerate(ctx, o, m, plan, judged, generate.Recording{}); err != nil {
		return "", err
	}
	if err := rejudge(ctx, o, m, judged); err != nil {
		return "", err
	}
	return judged, regenerate(ctx, o, m, plan, run, generate.Recording{Judge: m.Release.Judge.Name, JudgedRun: judged})
}

// plainName matches names that lead into no other folder.
var plainName = regexp.MustCompile(`^[^/\\\x00]*[^/\\\x00.][^/\\\x00]*$`)

// readRelease reads the manifest of a release that can be rebuilt.
func readRelease(dir string) (*shards.Manifest, error) {
	m, err := shards.ReadManifest(filepath.Join(dir, "manifest.json"))
	refuse := func(hint, format string, args ...any) (*shards.Manifest, error) {
		return nil, fault.Input("replay", dir, hint, format, args...)
	}
	switch {
	case errors.Is(err, os.ErrNotExist):
		return refuse("give the folder of a release", "it has no manifest")
	case err != nil:
		return nil, err
	case m.Release == nil:
		return refuse("give the folder of a release", "it is a run")
	case !m.Release.Responses || m.Release.Sampling == nil:
		return refuse("release the run without --no-answers", "it holds no recorded answers")
	case !plainName.MatchString(m.Run.PromptID) || !plainName.MatchString(m.Run.PromptSHA256):
		return refuse("get the release again", "its manifest names the prompt %q", m.Run.PromptID)
	}
	if j := m.Release.Judge; j != nil && (j.Sampling == nil || !plainName.MatchString(j.Name) || !plainName.MatchString(j.PromptID) || !plainName.MatchString(j.PromptSHA256)) {
		return refuse("get the release again", "its manifest names the judge %q, with the prompt %q", j.Name, j.PromptID)
	}
	return m, nil
}

// regenerate writes the run's shards from the release's answers.
func regenerate(ctx context.Context, o Options, m *shards.Manifest, plan *sample.Plan, run string, rec generate.Recording) error {
	s := m.Release.Sampling
	g, err := asked(o, s, m.Run.ModelRequested, m.Run.PromptID, m.Run.PromptSHA256, run)
	if err != nil {
		return err
	}
	if g.Rules, err = generate.RulesNamed(o.Dir, m.Run.Rules); err != nil {
		return err
	}
	if m.Release.ClipTokens {
		g.CountTokens = o.CountTokens
	}
	g.Manifest.Tool, g.Manifest.Run, g.Price = m.Tool, m.Run, generate.PriceOf(m)
	if g.Pictures, err = shown(o, s.Images); err != nil {
		return err
	}
	rec.Passing = true
	rec.Planned, rec.Pending, rec.Answers = map[string]int64{}, map[string]int64{}, answersOf(o.Dir, m, shards.KindAnswers)
	for split, c := range m.Splits {
		rec.Planned[split], rec.Pending[split] = c.Planned, c.Pending
	}
	return generate.Replay(ctx, g, plan.Telling(s.Told), rec)
}

// rejudge writes the judge's run about the rows of a run.
func rejudge(ctx context.Context, o Options, m *shards.Manifest, judged string) error {
	j := m.Release.Judge
	dir := generate.JudgeDir(judged, j.Name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	g, err := asked(o, j.Sampling, j.ModelRequested, j.PromptID, j.PromptSHA256, dir)
	if err != nil {
		return err
	}
	rows, accepted, err := generate.ReadAccepted(judged)
	if err != nil {
		return err
	}
	rec := generate.Recording{Passing: true, Planned: map[string]int64{}, Answers: answersOf(o.Dir, m, shards.KindJudged), Unjudged: j.Unjudged}
	for split, c := range accepted.Splits {
		rec.Planned[split] = c.Accepted
	}
	return generate.Replay(ctx, g, rows, rec)
}

// asked gives the settings that every request of a run carried.
func asked(o Options, s *shards.Sampling, model, promptID, promptSHA256, run string) (generate.Options, error) {
	g := generate.DefaultOptions()
	g.RunDir, g.Model, g.Prompt = run, model, filepath.Join(run, promptID+".txt")
	g.Temperature, g.TopP, g.MaxTokens, g.Seed, g.Extra, g.Replicates, g.Told = 0, 0, s.MaxTokens, s.Seed, s.Extra, s.Replicates, s.Told
	if s.Temperature != nil {
		g.Temperature = *s.Temperature
	}
	if s.TopP != nil {
		g.TopP = *s.TopP
	}
	prompt, err := os.ReadFile(filepath.Join(o.Dir, "prompts", promptSHA256+".txt"))
	if err != nil {
		return g, fmt.Errorf("read prompt of release: %w", err)
	}
	if err := os.WriteFile(g.Prompt, prompt, 0o644); err != nil {
		return g, fmt.Errorf("write prompt: %w", err)
	}
	return g, nil
}

// shown opens the images for a prompt that shows them.
func shown(o Options, prepared string) (generate.Pictures, error) {
	if prepared == "" {
		return nil, nil
	}
	if o.OpenImage == nil {
		return nil, fault.Input("replay", o.Dir, "give --images DIR", "its questions showed images")
	}
	return pictures.Like(o.OpenImage, prepared)
}

func answersOf(dir string, m *shards.Manifest, kind string) iter.Seq2[shards.Answer, error] {
	return func(yield func(shards.Answer, error) bool) {
		for _, f := range m.Files {
			if f.Kind != kind {
				continue
			}
			for a, err := range shards.ReadTable[shards.Answer](filepath.Join(dir, filepath.FromSlash(f.Path))) {
				if !yield(a, err) || err != nil {
					return
				}
			}
		}
	}
}

// again are the answers of a release, for a release made of it.
type again struct {
	answers    iter.Seq2[shards.Answer, error]
	sampling   shards.Sampling
	clipTokens bool
}

func (a again) All(context.Context) iter.Seq2[shards.Answer, error] { return a.answers }
func (a again) Settings() (shards.Sampling, bool)                   { return a.sampling, a.clipTokens }

// refreeze makes the release again, with what its manifest says of it.
func refreeze(ctx context.Context, dir string, m *shards.Manifest, plan *sample.Plan, run, judged, out string) error {
	changelog, err := os.ReadFile(filepath.Join(dir, "CHANGELOG.md"))
	if err != nil {
		return fmt.Errorf("read changelog: %w", err)
	}
	prompt, err := prompts.Load(filepath.Join(run, m.Run.PromptID+".txt"))
	if err != nil {
		return err
	}
	r := m.Release
	o := release.Options{
		Run: run, Out: out, Prompt: prompt.Text, Changelog: string(changelog), Name: r.Name, Version: r.Version, Date: r.Date, Author: r.Author,
		URL: r.URL, License: r.License, RowsPerFile: r.RowsPerFile, AllowPartial: true,
		Plan:    generate.Replicated(plan, r.Sampling.Replicates),
		Answers: again{answersOf(dir, m, shards.KindAnswers), *r.Sampling, r.ClipTokens},
	}
	if j := r.Judge; j != nil {
		of := generate.JudgeDir(judged, j.Name)
		prompt, err := prompts.Load(filepath.Join(of, j.PromptID+".txt"))
		if err != nil {
			return err
		}
		o.Judge = &release.Judge{Name: j.Name, Dir: of, Prompt: prompt.Text, Answers: again{answersOf(dir, m, shards.KindJudged), *j.Sampling, false}}
	}
	return release.Freeze(ctx, o)
}
