package release

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/pcclip/pcclip/shards"
)

//go:embed templates
var templateFiles embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"yaml": quoteYAML, "json": inlineJSON, "code": code, "inc": func(i int) int { return i + 1 }, "deref": deref,
}).ParseFS(templateFiles, "templates/*"))

// texts writes the files that stand in the manifest beside the tables.
func (w *freezer) texts() error {
	v, err := w.view()
	if err != nil {
		return err
	}
	if err := w.f.put("prompts/"+w.m.Run.PromptSHA256+".txt", shards.KindText, []byte(w.o.Prompt)); err != nil {
		return err
	}
	if w.judge != nil && w.m.Release.Judge.PromptSHA256 != w.m.Run.PromptSHA256 {
		if err := w.f.put("prompts/"+w.m.Release.Judge.PromptSHA256+".txt", shards.KindText, []byte(w.o.Judge.Prompt)); err != nil {
			return err
		}
	}
	for _, f := range w.run.Files {
		if f.Kind == shards.KindRules {
			if err := w.f.copy(filepath.Join(w.o.Run, filepath.FromSlash(f.Path)), f.Path, shards.KindRules); err != nil {
				return err
			}
		}
	}
	for _, name := range []string{"LICENSE", "NOTICE", "CITATION.cff", "queries.sql", configFile} {
		if err := w.render(name, v); err != nil {
			return err
		}
	}
	if w.o.Changelog != "" {
		return w.f.put(changelogFile, shards.KindText, []byte(w.o.Changelog))
	}
	return w.render(changelogFile, v)
}

// card writes the dataset card: everything in it comes from manifest and plan.
func (w *freezer) card() error {
	v, err := w.view()
	if err != nil {
		return err
	}
	return w.render(cardFile, v)
}

func (w *freezer) render(name string, v *view) error {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name+".tmpl", v); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	return w.f.put(name, shards.KindText, b.Bytes())
}

// view is what the templates show.
type view struct {
	*shards.Manifest
	Plan         *plan
	PromptText   string
	Configs      []config
	SizeCategory string
	Terms        []counted // accepted rows by the terms of both images
	Strictest    string
	OutputTerms  []string
	Reasons      []counted
	FailReasons  []counted
	Models       []counted
	Fingerprints []counted
	SplitCounts  []splitCount
	Extra        string // of the sampling, as JSON
}

type counted struct {
	Name  string
	Count int64
}

type splitCount struct {
	Split string
	shards.Count
	Images, Space int64
}

func (w *freezer) view() (*view, error) {
	v := &view{
		Manifest: w.m, Plan: w.p, PromptText: strings.TrimRight(strings.ReplaceAll(w.o.Prompt, "\r\n", "\n"), "\n"),
		SizeCategory: sizeCategory(w.m.Totals.Accepted), Terms: counts(w.m.Release.ImageTerms), Strictest: strictest(w.m.Release.ImageTerms),
		OutputTerms: outputTerms(w.m.Run.ModelRequested, w.m.ModelsServed),
		Reasons:     counts(w.m.RejectReasons), FailReasons: counts(w.m.FailReasons), Models: counts(w.m.ModelsServed), Fingerprints: counts(w.m.Fingerprints),
	}
	for _, split := range splits(w.m) {
		v.SplitCounts = append(v.SplitCounts, splitCount{split, w.m.Splits[split], w.p.ImagesBySplit[split], w.p.Space[split]})
	}
	if s := w.m.Release.Sampling; s != nil && len(s.Extra) > 0 {
		doc, err := json.Marshal(s.Extra)
		if err != nil {
			return nil, fmt.Errorf("write release: %w", err)
		}
		v.Extra = string(doc)
	}
	var err error
	v.Configs, err = configs(w.f.files)
	return v, err
}

// Vision tells whether the model was shown the images: the first line of a prompt
// names such a form.
func (v *view) Vision() bool {
	first, _, _ := strings.Cut(v.PromptText, "\n")
	form, named := strings.CutPrefix(first, "#!")
	return named && strings.TrimSpace(form) == "vision"
}

// shown says what the model saw of a pair.
func (v *view) shown() string {
	if v.Vision() {
		return "the images"
	}
	return "the captions alone"
}

// counts lists a count, the largest first.
func counts(m map[string]int64) []counted {
	var out []counted
	for _, name := range slices.Sorted(maps.Keys(m)) {
		out = append(out, counted{name, m[name]})
	}
	slices.SortStableFunc(out, func(a, b counted) int { return int(min(1, max(-1, b.Count-a.Count))) })
	return out
}

// sizeCategory gives the Hub's name for a number of rows.
func sizeCategory(rows int64) string {
	lower, low := int64(1), "n<1K"
	for _, c := range []struct {
		below int64
		name  string
	}{{1e3, "n<1K"}, {1e4, "1K<n<10K"}, {1e5, "10K<n<100K"}, {1e6, "100K<n<1M"}, {1e7, "1M<n<10M"}, {1e8, "10M<n<100M"}, {1e9, "100M<n<1B"}} {
		if rows < c.below && rows >= lower {
			return c.name
		}
		lower = c.below
	}
	if rows < 1 {
		return low
	}
	return "n>1T"
}

// quoteYAML gives a string as YAML reads it anywhere: JSON is YAML.
func quoteYAML(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		panic("release: strings always marshal: " + err.Error())
	}
	return strings.TrimSpace(b.String())
}

// inlineJSON gives a value as JSON on one line, which is YAML too.
func inlineJSON(v any) (string, error) {
	doc, err := json.Marshal(v)
	return string(doc), err
}

// code gives a name that came from outside as Markdown code on one line.
func code(s string) string {
	return "`" + strings.Join(strings.Fields(strings.NewReplacer("`", "'", "|", "/").Replace(s)), " ") + "`"
}

func deref(v any) string {
	switch x := v.(type) {
	case *float64:
		if x != nil {
			return strconv.FormatFloat(*x, 'g', -1, 64)
		}
	case *int64:
		if x != nil {
			return strconv.FormatInt(*x, 10)
		}
	}
	return "not sent"
}
