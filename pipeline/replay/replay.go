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
	"strings"

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
	if err := regenerate(ctx, o, m, plan, run); err != nil {
		return nil, err
	}
	if err := refreeze(ctx, o.Dir, m, run, out); err != nil {
		return nil, err
	}
	return release.Compare(o.Dir, out)
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
	case m.Release.Sampling == nil:
		return refuse("release the run without --no-answers", "it holds no recorded answers")
	case m.Totals.Failed+m.Totals.Pending > 0:
		return refuse("rebuild a release of a whole run", "it is one of a part of a run: %d pairs failed and %d are pending", m.Totals.Failed, m.Totals.Pending)
	case !plainName.MatchString(m.Run.PromptID) || !plainName.MatchString(m.Run.PromptSHA256):
		return refuse("get the release again", "its manifest names the prompt %q", m.Run.PromptID)
	case strings.Contains(m.Run.Rules, "+judge/"):
		return refuse("rebuild a release made before the judge was applied", "a judge's rejections were applied, and its answers are not part of a release")
	}
	return m, nil
}

// regenerate writes the run's shards from the release's answers.
func regenerate(ctx context.Context, o Options, m *shards.Manifest, plan *sample.Plan, run string) error {
	s := m.Release.Sampling
	g := generate.DefaultOptions()
	g.RunDir, g.Model, g.Prompt = run, m.Run.ModelRequested, filepath.Join(run, m.Run.PromptID+".txt")
	g.Temperature, g.TopP, g.MaxTokens, g.Seed, g.Extra, g.Replicates, g.Told = 0, 0, s.MaxTokens, s.Seed, s.Extra, s.Replicates, s.Told
	if s.Temperature != nil {
		g.Temperature = *s.Temperature
	}
	if s.TopP != nil {
		g.TopP = *s.TopP
	}
	g.Rules, _, _ = strings.Cut(m.Run.Rules, "/")
	if m.Release.ClipTokens {
		g.CountTokens = o.CountTokens
	}
	g.Manifest.Tool, g.Manifest.Run = m.Tool, m.Run
	prompt, err := os.ReadFile(filepath.Join(o.Dir, "prompts", m.Run.PromptSHA256+".txt"))
	if err != nil {
		return fmt.Errorf("read prompt of release: %w", err)
	}
	if err := os.WriteFile(g.Prompt, prompt, 0o644); err != nil {
		return fmt.Errorf("write prompt: %w", err)
	}
	if g.Pictures, err = shown(o, s.Images); err != nil {
		return err
	}
	planned := map[string]int64{}
	for split, c := range m.Splits {
		planned[split] = c.Planned
	}
	return generate.Replay(ctx, g, plan.Telling(s.Told), planned, answersOf(o.Dir, m))
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

func answersOf(dir string, m *shards.Manifest) iter.Seq2[shards.Answer, error] {
	return func(yield func(shards.Answer, error) bool) {
		for _, f := range m.Files {
			if f.Kind != shards.KindAnswers {
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

// refreeze makes the release again, with what its manifest says of it.
func refreeze(ctx context.Context, dir string, m *shards.Manifest, run, out string) (err error) {
	recorded, err := generate.OpenRecorded(run)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, recorded.Close()) }()
	changelog, err := os.ReadFile(filepath.Join(dir, "CHANGELOG.md"))
	if err != nil {
		return fmt.Errorf("read changelog: %w", err)
	}
	prompt, err := prompts.Load(filepath.Join(run, m.Run.PromptID+".txt"))
	if err != nil {
		return err
	}
	r := m.Release
	return release.Freeze(ctx, release.Options{
		Run: run, Out: out, Prompt: prompt.Text, Changelog: string(changelog), Name: r.Name, Version: r.Version, Date: r.Date, Author: r.Author,
		URL: r.URL, License: r.License, RowsPerFile: r.RowsPerFile, Answers: recorded,
	})
}
