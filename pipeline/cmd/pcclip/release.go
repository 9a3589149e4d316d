package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pcclip/pcclip/generate"
	"github.com/pcclip/pcclip/pipeline/rundir"
	"github.com/pcclip/pcclip/pipeline/sample"
	"github.com/pcclip/pcclip/prompts"
	"github.com/pcclip/pcclip/shards/bucket"
	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/shards/release"
)

type releaseCmd struct {
	RunDir       string `name:"run" required:"" help:"A finished run." placeholder:"DIR" predictor:"dir"`
	Out          string `required:"" help:"The folder to make, or an address: s3://, gs://, azblob://, file://." placeholder:"DIR|URL"`
	Name         string `required:"" help:"Name of the dataset." placeholder:"NAME"`
	Version      string `required:"" help:"Version, MAJOR.MINOR.PATCH." placeholder:"X.Y.Z"`
	Date         string `help:"Date of publication; without it the release names none." placeholder:"YYYY-MM-DD"`
	Author       string `help:"Who publishes it." placeholder:"NAME"`
	URL          string `name:"url" help:"Home page of the dataset." placeholder:"URL"`
	License      string `default:"other" help:"Licence of what is yours in it, as the Hub names it: cc-by-4.0." placeholder:"ID"`
	Changelog    string `help:"Becomes CHANGELOG.md; see pcclip diff." placeholder:"FILE" predictor:"file"`
	RowsPerFile  int64  `name:"rows-per-file" default:"500000" help:"Rows of a file at most."`
	Sign         string `help:"Sign it with this private key (ed25519 or ECDSA, PEM)." placeholder:"FILE" predictor:"file"`
	NoAnswers    bool   `name:"no-answers" help:"Leave the recorded answers out; nobody can rebuild the release then."`
	AllowPartial bool   `name:"allow-partial" help:"Release a run with failed or pending pairs, and say so."`
}

// Help shows an example.
func (releaseCmd) Help() string {
	return `Example:
  pcclip release --run runs/a --out releases/coco-differences --name coco-differences --version 1.0.0
  (cd releases/coco-differences && sha256sum -c SHA256SUMS)
  pcclip verify releases/coco-differences

  pcclip release --run runs/a --out s3://datasets/coco-differences/1.0.0 --name coco-differences --version 1.0.0

The same run gives the same bytes, on every machine. Without --date no clock is in them.
In an object store the manifest comes last, and only where there is none yet; a call
that was stopped goes on. Credentials are taken where the store's own tools take them;
?region=R&endpoint=URL&use_path_style=true serves other stores that speak S3.`
}

// Run freezes the run.
func (c *releaseCmd) Run(e *env) (err error) {
	dir, err := rundir.Open(c.RunDir)
	if err != nil {
		return err
	}
	o, err := c.options(dir)
	if err != nil {
		return err
	}
	closeAnswers, err := c.openAnswers(&o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeAnswers()) }()
	if bucket.IsAddress(c.Out) {
		return c.upload(e, o)
	}
	if err := release.Freeze(e.ctx, o); err != nil {
		return err
	}
	fmt.Fprintln(e.stdout, c.Out)
	return nil
}

// upload makes the release in a folder for a while and sends it to an object store.
func (c *releaseCmd) upload(e *env, o release.Options) (err error) {
	place, err := bucket.Open(e.ctx, c.Out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, place.Close()) }()
	there, err := place.Exists(e.ctx, release.ManifestFile)
	if err != nil {
		return err
	}
	if there {
		return fault.Input("release", place.String(), "give a place of its own to every version", "a release is there already")
	}
	aside, err := os.MkdirTemp("", "pcclip-release-*")
	if err != nil {
		return fmt.Errorf("release: %w", err)
	}
	defer os.RemoveAll(aside)
	o.Out = filepath.Join(aside, "release")
	if err := release.Freeze(e.ctx, o); err != nil {
		return err
	}
	board := e.board()
	bar := board.Bar("send", 0)
	err = place.Put(e.ctx, o.Out, release.ManifestFile, func(_ string, files int) { bar.Total(int64(files)); bar.Add(1) })
	bar.Done()
	board.Close()
	if err == nil {
		fmt.Fprintln(e.stdout, place)
	}
	return err
}

// openAnswers opens what the run asked and was told, and what its judge was.
func (c *releaseCmd) openAnswers(o *release.Options) (closeAll func() error, err error) {
	var open []*generate.Recorded
	closeAll = func() (err error) {
		for _, r := range open {
			err = errors.Join(err, r.Close())
		}
		return err
	}
	o.NoAnswers = c.NoAnswers
	recorded, err := generate.OpenRecorded(c.RunDir)
	switch {
	case err == nil:
		open, o.Answers = append(open, recorded), recorded
	case !c.NoAnswers || !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	replicates := 1
	if o.Answers != nil {
		sampling, _ := o.Answers.Settings()
		replicates = sampling.Replicates
	}
	plan, err := sample.Load(c.RunDir)
	if err != nil {
		return nil, errors.Join(err, closeAll())
	}
	o.Plan = generate.Replicated(plan, replicates)
	if c.NoAnswers {
		return closeAll, nil
	}
	judge, err := c.judge()
	if err != nil {
		return nil, errors.Join(err, closeAll())
	}
	if judge != nil {
		open = append(open, judge.Answers.(*generate.Recorded))
	}
	o.Judge = judge
	return closeAll, nil
}

// judge opens the run of the judge that was applied, nil for none.
func (c *releaseCmd) judge() (*release.Judge, error) {
	name, err := generate.AppliedJudge(c.RunDir)
	if err != nil || name == "" {
		return nil, err
	}
	dir := generate.JudgeDir(c.RunDir, name)
	text, err := promptOf(rundir.Dir{Path: dir}, "judge")
	if err != nil {
		return nil, err
	}
	recorded, err := generate.OpenRecorded(dir)
	if err != nil {
		return nil, err
	}
	return &release.Judge{Name: name, Dir: dir, Prompt: text, Answers: recorded}, nil
}

// promptOf gives the text of the prompt that a stage recorded.
func promptOf(dir rundir.Dir, stage string) (string, error) {
	name, err := dir.Recorded(stage, "prompt")
	if err != nil {
		return "", err
	}
	prompt, err := prompts.Load(name)
	return prompt.Text, err
}

func (c *releaseCmd) options(dir rundir.Dir) (release.Options, error) {
	o := release.DefaultOptions()
	o.Run, o.Out, o.Name, o.Version, o.Date = c.RunDir, c.Out, c.Name, c.Version, c.Date
	o.Author, o.URL, o.License, o.RowsPerFile, o.AllowPartial = c.Author, c.URL, c.License, c.RowsPerFile, c.AllowPartial
	text, err := promptOf(dir, "generate")
	if err != nil {
		return o, err
	}
	o.Prompt = text
	if c.Sign != "" {
		key, err := release.ReadKey(c.Sign)
		if err != nil {
			return o, err
		}
		o.Sign = &key
	}
	if c.Changelog != "" {
		text, err := os.ReadFile(c.Changelog)
		if err != nil {
			return o, fault.Input("release", c.Changelog, "give a text file", "%w", err)
		}
		o.Changelog = string(text)
	}
	return o, o.Validate()
}
