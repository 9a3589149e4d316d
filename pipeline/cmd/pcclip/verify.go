package main

import (
	"errors"
	"fmt"

	"github.com/pcclip/pcclip/generate"
	"github.com/pcclip/pcclip/pipeline/replay"
	"github.com/pcclip/pcclip/pipeline/sample"
	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/shards/release"
)

type verifyCmd struct {
	Dir      string `arg:"" help:"The folder of a release." predictor:"dir"`
	Level    string `default:"rows" enum:"files,schema,rows,replay" help:"How deep to look; each includes those before it (${enum})."`
	Key      string `help:"Check that the owner of this public key (PEM) signed it." placeholder:"FILE" predictor:"file"`
	Captions string `help:"The captions file that its plan was drawn from, for --level replay." placeholder:"FILE" predictor:"file"`
	Images   string `help:"The images folder, where a replay needs it." placeholder:"DIR" predictor:"dir"`
	JSON     bool   `name:"json" help:"Print the report as JSON."`
}

// Help shows examples.
func (verifyCmd) Help() string {
	return `Examples:
  pcclip verify releases/coco-differences                   every file and every row
  pcclip verify releases/coco-differences --level files     layout, sizes and hashes alone
  pcclip verify releases/coco-differences --key their.pub   and the signature
  pcclip verify releases/coco-differences --level replay --captions captions.json

files: nothing missing, added or altered. schema: footers, columns, counts. rows:
order, unique ids, captions and images, recorded answers, no image in two splits,
row roots. replay: every byte rebuilt from the captions and the recorded answers.

One line a problem on standard output. Exit codes: 0 all is well; 10 a file is
missing, added or altered; 11 the signature is wrong; 12 a footer or column is; 13 a
row is; 14 the rebuilt release differs. The first of these that holds counts.`
}

// verifyCodes are the exit codes of what was found.
var verifyCodes = map[release.Level]int{release.Files: 10, release.Signature: 11, release.Schema: 12, release.Rows: 13, release.Replay: 14}

// Run looks for what is wrong.
func (c *verifyCmd) Run(e *env) error {
	o := release.VerifyOptions{Level: release.Level(c.Level), OpenPlan: openPlan}
	if c.Level == string(release.Replay) {
		if err := needed("--captions=FILE", c.Captions); err != nil {
			return err
		}
		o.Level = release.Rows
	}
	if c.Key != "" {
		key, err := release.ReadKey(c.Key)
		if err != nil {
			return err
		}
		o.Key = &key
	}
	report, err := release.Verify(e.ctx, c.Dir, o)
	if err != nil {
		return err
	}
	if len(report.Problems) == 0 && c.Level == string(release.Replay) {
		if err := c.replay(e, report); err != nil {
			return err
		}
	}
	return c.print(e, report)
}

// replay rebuilds the release and reports the first difference.
func (c *verifyCmd) replay(e *env, report *release.Report) error {
	report.Level = release.Replay
	first, err := rebuild(e, replay.Options{Dir: c.Dir, Captions: c.Captions}, c.Images)
	if missing := (*generate.MissingAnswers)(nil); errors.As(err, &missing) {
		first, err = &release.Problem{File: "responses/", Row: -1, What: missing.Error()}, nil
	}
	if first != nil {
		first.Level = release.Replay
		report.Problems = append(report.Problems, *first)
	}
	return err
}

func (c *verifyCmd) print(e *env, report *release.Report) error {
	n := len(report.Problems)
	switch {
	case c.JSON:
		if err := printJSON(e.stdout, report); err != nil {
			return err
		}
	case n == 0:
		fmt.Fprintf(e.stdout, "%s %s: %d files, %d bytes, %d rows, all as they should be%s\n",
			report.Name, report.Version, report.Files, report.Bytes, report.Rows, signature(report))
	}
	if n == 0 {
		return nil
	}
	if !c.JSON {
		for _, p := range report.Problems {
			fmt.Fprintf(e.stdout, "%s: %s\n", p.Level, p)
		}
	}
	return &fault.Error{Op: "verify", Where: c.Dir, Err: fmt.Errorf("%s%s", report.Problems[0], andMore(n-1)), Code: verifyCodes[report.Problems[0].Level]}
}

func signature(r *release.Report) string {
	switch {
	case r.KeyChecked:
		return "; signed by the owner of the key"
	case r.Signed:
		return "; signed, give --key to check by whom"
	}
	return ""
}

func andMore(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" (and %d more, listed on standard output)", n)
}

// openPlan gives the plan of a release, with as many texts of each pair as its
// run asked for.
func openPlan(dir string, m *shards.Manifest) (release.Plan, error) {
	plan, err := sample.Load(dir)
	if err != nil || m.Release.Sampling == nil {
		return plan, err
	}
	return generate.Replicated(plan, m.Release.Sampling.Replicates), nil
}
