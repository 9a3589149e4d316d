package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/term"

	"github.com/pcclip/pcclip/pipeline/inspect"
	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/shards/query"
)

type inspectCmd struct {
	Dir     string `arg:"" optional:"" help:"A run, or any folder with shards." predictor:"dir"`
	RunDir  string `name:"run" help:"A run." placeholder:"DIR" predictor:"dir"`
	SQL     string `name:"sql" help:"Ask this instead of summarising; the views are rows and rejected." placeholder:"QUERY"`
	Format  string `default:"table" enum:"table,json,csv" help:"Form of the answer (${enum})."`
	Samples int    `default:"5" help:"Rows shown as examples."`
	JSON    bool   `name:"json" help:"The same as --format json."`
}

// Help shows examples.
func (inspectCmd) Help() string {
	return `Examples:
  pcclip inspect --run runs/a
  pcclip inspect --run runs/a --sql "SELECT reject_reason, count(*) n FROM rejected GROUP BY 1 ORDER BY n DESC"
  pcclip inspect runs/a --sql "SELECT caption_a, caption_b, difference FROM rows USING SAMPLE 10" --format csv

The stock DuckDB reads the shards without any option: FROM 'runs/a/shards/*.parquet'`
}

// Run summarises, or answers the query.
func (c *inspectCmd) Run(e *env) error {
	root := c.RunDir
	if root == "" {
		root = c.Dir
	}
	if root == "" || c.RunDir != "" && c.Dir != "" {
		return fault.Input("inspect", "", "give --run DIR or one folder", "nothing to inspect")
	}
	if c.JSON {
		c.Format = "json"
	}
	db, err := query.Open(e.ctx, root)
	if err != nil {
		return err
	}
	defer db.Close()
	if c.SQL != "" {
		return c.ask(e, db)
	}
	return c.summarise(e, db, root)
}

func (c *inspectCmd) ask(e *env, db *query.DB) error {
	r, err := db.Query(e.ctx, c.SQL)
	if err != nil {
		return err
	}
	defer r.Close()
	switch c.Format {
	case "json":
		return query.WriteJSON(e.stdout, r)
	case "csv":
		return query.WriteCSV(e.stdout, r)
	}
	o := query.DefaultTableOptions()
	o.Width = width()
	return query.WriteTable(e.stdout, r, o)
}

func (c *inspectCmd) summarise(e *env, db *query.DB, root string) error {
	if c.Format == "csv" {
		return fault.Input("inspect", "--format", "give table or json, or ask with --sql", "a summary has no CSV form")
	}
	m, err := shards.ReadManifest(filepath.Join(root, "manifest.json"))
	if errors.Is(err, fs.ErrNotExist) {
		m, err = nil, nil // the run is not finished
	}
	if err != nil {
		return err
	}
	s, err := inspect.Summarise(e.ctx, db, m, inspect.Options{Samples: c.Samples})
	if err != nil {
		return err
	}
	if c.Format == "json" {
		return printJSON(e.stdout, s)
	}
	return s.Render(e.stdout, width())
}

// width gives the terminal's columns; 0, which cuts nothing, where there is none.
func width() int {
	w, _, err := term.GetSize(int(os.Stdout.Fd()))
	if err != nil {
		return 0
	}
	return w
}
