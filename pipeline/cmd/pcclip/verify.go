package main

import (
	"fmt"

	"github.com/pcclip/pcclip/generate"
	"github.com/pcclip/pcclip/pipeline/sample"
	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/shards/release"
)

type verifyCmd struct {
	Dir   string `arg:"" help:"The folder of a release." predictor:"dir"`
	Level string `default:"rows" enum:"files,schema,rows" help:"How deep to look; each includes those before it (${enum})."`
	Key   string `help:"Check that the owner of this public key (PEM) signed it." placeholder:"FILE" predictor:"file"`
	JSON  bool   `name:"json" help:"Print the report as JSON."`
}

// Help shows examples.
func (verifyCmd) Help() string {
	return `Examples:
  pcclip verify releases/coco-differences                   every file and every row
  pcclip verify releases/coco-differences --level files     layout, sizes and hashes alone
  pcclip verify releases/coco-differences --key their.pub   and the signature

files: nothing missing, added or altered. schema: footers, columns, counts. rows:
order, unique ids, captions and images, recorded answers, no image in two splits.
Exit code 1: something is wrong; the line names the first file and row.`
}

// Run looks for what is wrong.
func (c *verifyCmd) Run(e *env) error {
	o := release.VerifyOptions{Level: release.Level(c.Level), OpenPlan: openPlan}
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
	if c.JSON {
		if err := printJSON(e.stdout, report); err != nil {
			return err
		}
	}
	if n := len(report.Problems); n > 0 {
		return &fault.Error{Op: "verify", Where: c.Dir, Err: fmt.Errorf("%s%s", report.Problems[0], andMore(n-1))}
	}
	if !c.JSON {
		fmt.Fprintf(e.stdout, "%s %s: %d files, %d bytes, %d rows, all as they should be%s\n",
			report.Name, report.Version, report.Files, report.Bytes, report.Rows, signature(report))
	}
	return nil
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
	return fmt.Sprintf(" (and %d more; --json lists them)", n)
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
