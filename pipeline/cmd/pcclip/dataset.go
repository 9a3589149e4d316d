package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/pcclip/pcclip/pipeline/dataset"
)

type datasetCmd struct {
	Stats datasetStatsCmd `cmd:"" help:"Count what a captions file holds, dirt included."`
}

type datasetStatsCmd struct {
	Captions string `required:"" help:"The captions file." placeholder:"FILE" predictor:"file"`
	Images   string `help:"The images folder, to look for the files." placeholder:"DIR" predictor:"dir"`
	Format   string `default:"auto" enum:"auto,coco,karpathy,flickr,hf,parquet" help:"What the captions file is (${enum})."`
	JSON     bool   `name:"json" help:"Print the counts as JSON."`
}

// Help shows examples.
func (datasetStatsCmd) Help() string {
	return `Examples:
  pcclip dataset stats --captions annotations/captions_val2017.json --images val2017
  pcclip dataset stats --captions results_20130124.token --json`
}

// Run counts and prints.
func (c *datasetStatsCmd) Run(e *env) error {
	source, err := dataset.Open(c.Captions, dataset.Format(c.Format))
	if err != nil {
		return err
	}
	var images *dataset.Images
	if c.Images != "" {
		if images, err = dataset.OpenImages(c.Images); err != nil {
			return err
		}
		defer images.Close()
	}
	report, err := dataset.Stats(e.ctx, source, images)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(e.stdout, report)
	}
	return c.print(e, report)
}

func (c *datasetStatsCmd) print(e *env, r dataset.Report) error {
	w := tabwriter.NewWriter(e.stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintf(w, "images\t%d\n", r.Images)
	fmt.Fprintf(w, "captions\t%d\n", r.Captions)
	p := r.CaptionsPerImage
	fmt.Fprintf(w, "captions per image\t%d to %d, mean %.2f\n", p.Min, p.Max, p.Mean)
	for _, d := range []struct {
		name string
		dirt dataset.Dirt
	}{
		{"images without caption", r.ImagesWithoutCaption},
		{"captions without image", r.CaptionsWithoutImage},
		{"duplicate image ids", r.DuplicateImageIDs},
		{"duplicate caption ids", r.DuplicateCaptionIDs},
		{"empty captions", r.EmptyCaptions},
		{"leading or trailing space", r.LeadingOrTrailingSpace},
		{"newlines", r.Newlines},
		{"double spaces", r.DoubleSpaces},
		{"non-ASCII", r.NonASCII},
		{"undecodable", r.Undecodable},
	} {
		printDirt(w, d.name, d.dirt)
	}
	if f := r.Files; f != nil {
		fmt.Fprintf(w, "files present\t%d\n", f.Present)
		printDirt(w, "files missing", f.Missing)
		printDirt(w, "names that leave the folder", f.Unsafe)
	}
	for _, name := range sortedNames(r.Licenses) {
		shown := name
		if shown == "" {
			shown = "unknown"
		}
		if long := r.LicenseNames[name]; long != "" {
			shown += " (" + long + ")"
		}
		fmt.Fprintf(w, "licence %s\t%d images\n", shown, r.Licenses[name])
	}
	return w.Flush()
}

func printDirt(w *tabwriter.Writer, name string, d dataset.Dirt) {
	if d.Count == 0 {
		fmt.Fprintf(w, "%s\t0\n", name)
		return
	}
	fmt.Fprintf(w, "%s\t%d, such as %.60q\n", name, d.Count, d.Example)
}
