package main

import (
	"bufio"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pcclip/pcclip/pipeline/rundir"
	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train"
)

type embedCmd struct {
	Model   string `required:"" help:"The CLIP: a folder, a safetensors file, or a Hub id (owner/name) that is in the local Hub cache." placeholder:"PATH" predictor:"file"`
	RunDir  string `name:"run" help:"Embed the images of this run." placeholder:"DIR" predictor:"dir"`
	Images  string `help:"Embed every image of this folder; with --run: where its images are." placeholder:"DIR" predictor:"dir"`
	Texts   string `help:"Embed every line of this file." placeholder:"FILE" predictor:"file"`
	Out     string `help:"The table to write; for a run: RUN/embeddings/WEIGHTS.parquet." placeholder:"FILE.parquet"`
	Batch   int    `default:"64" help:"Images or texts per forward pass."`
	Threads int    `default:"0" help:"CPU threads of libtorch; 0: all cores."`
	Device  string `default:"auto" enum:"auto,cpu,cuda" help:"Where to compute (${enum})."`
	Strict  bool   `help:"Stop at the first image that cannot be read."`
	JSON    bool   `name:"json" help:"Print the report as JSON."`
}

// Help shows examples.
func (embedCmd) Help() string {
	return `Examples:
  pcclip embed --model models/ViT-B-32 --run runs/a
  pcclip embed --model models/ViT-B-32 --images photos --out photos.parquet
  pcclip embed --model models/ViT-B-32 --texts lines.txt --out lines.parquet

Columns: id, embedding (float32, before normalisation). The id is the image's id in
a run, the file's name in a folder, the line's number from 1 in a text.`
}

// Run embeds and writes one table.
func (c *embedCmd) Run(e *env) error {
	opts := train.EmbedOptions{Model: c.Model, Batch: c.Batch, Threads: c.Threads, Device: c.Device, Strict: c.Strict}
	if err := c.validate(); err != nil {
		return err
	}
	if c.Texts != "" {
		return c.texts(e, opts)
	}
	refs, folder, err := c.refs()
	if err != nil {
		return err
	}
	defer folder.Close()
	enc, err := train.NewEncoder(e.ctx, opts)
	if err != nil {
		return err
	}
	defer enc.Close()
	board := e.board()
	bar := board.Bar("embed", int64(len(refs)))
	table, report, err := enc.EmbedImages(e.ctx, refs, folder.Open, bar)
	bar.Done()
	board.Close()
	if err != nil {
		return err
	}
	return c.write(e, table, report)
}

func (c *embedCmd) validate() error {
	sources := 0
	for _, s := range []string{c.RunDir, c.Texts} {
		if s != "" {
			sources++
		}
	}
	switch {
	case sources == 0 && c.Images == "":
		return fault.Input("embed", "", "give --run DIR, --images DIR or --texts FILE", "nothing to embed")
	case sources == 2 || c.Texts != "" && c.Images != "":
		return fault.Input("embed", "--texts", "give one of --run, --images and --texts", "two sources at once")
	case c.RunDir == "" && c.Out == "":
		return fault.Input("embed", "--out", "name the table: --out FILE.parquet", "no file to write")
	}
	return nil
}

// refs lists what to embed and opens the folder it lies in.
func (c *embedCmd) refs() ([]train.ImageRef, *imageFolder, error) {
	if c.RunDir == "" {
		return folderRefs(c.Images)
	}
	dir, err := rundir.Open(c.RunDir)
	if err != nil {
		return nil, nil, err
	}
	return runRefs(dir, c.Images)
}

// imageEndings are the files of a folder that are taken for images; what they
// really are is told by their first bytes.
var imageEndings = []string{".jpg", ".jpeg", ".png", ".webp"}

func folderRefs(dir string) ([]train.ImageRef, *imageFolder, error) {
	folder, err := openImages(dir)
	if err != nil {
		return nil, nil, err
	}
	var refs []train.ImageRef
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !slices.Contains(imageEndings, strings.ToLower(filepath.Ext(path))) {
			return err
		}
		name, err := filepath.Rel(dir, path)
		refs = append(refs, train.ImageRef{ID: filepath.ToSlash(name), Name: name})
		return err
	})
	if err == nil && len(refs) == 0 {
		err = fault.Input("embed", dir, "give a folder with .jpg, .png or .webp files", "no images")
	}
	if err != nil {
		folder.Close()
		return nil, nil, err
	}
	return refs, folder, nil
}

func (c *embedCmd) write(e *env, table *train.Table, report train.EmbedReport) error {
	out := c.Out
	if out == "" {
		out = filepath.Join(c.RunDir, "embeddings", table.Weights+".parquet")
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return fmt.Errorf("write embeddings: %w", err)
	}
	if err := train.WriteTable(out, table); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(e.stdout, report)
	}
	fmt.Fprintf(e.stderr, "embedded %d, left out %d\n", report.Embedded, report.Broken)
	for _, x := range report.Examples {
		fmt.Fprintln(e.stderr, "  left out:", x)
	}
	fmt.Fprintln(e.stdout, out)
	return nil
}

func (c *embedCmd) texts(e *env, opts train.EmbedOptions) error {
	lines, err := readLines(c.Texts)
	if err != nil {
		return err
	}
	enc, err := train.NewEncoder(e.ctx, opts)
	if err != nil {
		return err
	}
	defer enc.Close()
	board := e.board()
	bar := board.Bar("embed", int64(len(lines)))
	vectors, err := enc.EmbedTexts(e.ctx, lines, bar)
	bar.Done()
	board.Close()
	if err != nil {
		return err
	}
	digest, err := enc.Digest(e.ctx)
	if err != nil {
		return err
	}
	ids := make([]string, len(lines))
	for i := range ids {
		ids[i] = strconv.Itoa(i + 1)
	}
	table := train.NewTable(digest, ids, vectors)
	return c.write(e, table, train.EmbedReport{Model: c.Model, Weights: digest, Dimension: table.Dimension, Embedded: len(lines)})
}

// readLines reads a text file, one text a line.
func readLines(path string) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Input("read texts", path, "give a text file, one text a line", "%w", err)
	}
	defer f.Close()
	var lines []string
	scan := bufio.NewScanner(f)
	scan.Buffer(nil, 1<<20)
	for scan.Scan() {
		lines = append(lines, scan.Text())
	}
	if err := scan.Err(); err != nil {
		return nil, fault.Input("read texts", path, "give lines of at most 1 MB", "line %d: %w", len(lines)+1, err)
	}
	if len(lines) == 0 {
		return nil, fault.Input("read texts", path, "give a text file, one text a line", "the file is empty")
	}
	return lines, nil
}
