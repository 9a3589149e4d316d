package experiment

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/eval"
)

// Result is the table of an experiment.
type Result struct {
	Name   string   `json:"name"`
	About  string   `json:"about"`
	Seeds  []int64  `json:"seeds"`
	Models []Column `json:"models"` // the base first
	Rows   []Row    `json:"rows"`
	Claims []Judged `json:"claims,omitempty"`
	Paper  []Beside `json:"paper,omitempty"`
}

// Column is a model of the table.
type Column struct {
	Name  string  `json:"name"`
	About string  `json:"about,omitempty"`
	Of    string  `json:"of,omitempty"`    // of an average: the finetuned model
	Alpha float64 `json:"alpha,omitempty"` // of an average: its share
}

// Row is one measure of all models.
type Row struct {
	Measure string  `json:"measure"` // see eval.Report.Measures
	Unit    string  `json:"unit"`
	Values  []Value `json:"values"` // in the order of Models
}

// Value is a measure of one model over seeds.
type Value struct {
	eval.Stat
	Gain     eval.Stat      `json:"gain"`               // over the base, by seed
	Interval *eval.Interval `json:"interval,omitempty"` // of the gain: paired bootstrap over items, seeds held
}

// Judged is a claim with its verdict.
type Judged struct {
	Claim
	Gain     eval.Stat `json:"gain"`
	Verdict  string    `json:"verdict"`
	PFor     float64   `json:"p_for"`
	PAgainst float64   `json:"p_against"`
}

// Beside is a figure of the paper with what was measured here, on other data.
type Beside struct {
	Figure
	Base      eval.Stat `json:"base_here"`
	Finetuned eval.Stat `json:"model_here"`
	GainHere  eval.Stat `json:"gain_here"`
}

// Tabulate builds the table from the cells of each seed, by model.
func Tabulate(p Plan, cells []map[string]*Cell) (*Result, error) {
	r := &Result{Name: p.Name, About: p.About, Seeds: p.Seeds, Models: p.Columns()}
	measured := make([]map[string][]eval.Measure, len(r.Models)) // by model: measure -> seeds
	var keys []string
	for m, column := range r.Models {
		measured[m] = map[string][]eval.Measure{}
		for _, seed := range cells {
			for _, x := range seed[column.Name].Report.Measures(p.Means) {
				if m == 0 && !slices.Contains(keys, x.Key) {
					keys = append(keys, x.Key)
				}
				measured[m][x.Key] = append(measured[m][x.Key], x)
			}
		}
	}
	for _, key := range keys {
		row := Row{Measure: key, Unit: measured[0][key][0].Unit}
		for m := range r.Models {
			v, err := valueOf(measured[m][key], measured[0][key], len(cells))
			if err != nil {
				return nil, fmt.Errorf("tabulate %s of %s: %w", key, r.Models[m].Name, err)
			}
			row.Values = append(row.Values, v)
		}
		r.Rows = append(r.Rows, row)
	}
	if err := r.judge(p.Claims); err != nil {
		return nil, err
	}
	return r, r.beside(p.Paper)
}

// Columns lists the models of the table: the base, then each model with its
// averages.
func (p Plan) Columns() []Column {
	out := []Column{{Name: Base, About: "before finetuning"}}
	for _, m := range p.Models {
		out = append(out, Column{Name: m.Name, About: m.About})
		for _, a := range m.Average {
			out = append(out, Column{Name: averaged(m.Name, a), Of: m.Name, Alpha: a, About: fmt.Sprintf("%g of %s, the rest of the base", a, m.Name)})
		}
	}
	return out
}

// valueOf sums up a measure over seeds, beside the base.
func valueOf(of, base []eval.Measure, seeds int) (Value, error) {
	if len(of) != seeds || len(base) != seeds {
		return Value{}, fmt.Errorf("%d of %d seeds have it", min(len(of), len(base)), seeds)
	}
	var values, start []float64
	var gains []eval.Strata
	for i := range of {
		values, start = append(values, of[i].Value), append(start, base[i].Value)
		if d, ok := of[i].Items.Minus(base[i].Items); ok && len(d) > 0 {
			gains = append(gains, d)
		}
	}
	v := Value{Stat: eval.NewStat(values...)}
	v.Gain = v.Minus(eval.NewStat(start...))
	if len(gains) == seeds {
		interval := eval.Bootstrap(gains, 1)
		v.Interval = &interval
	}
	return v, nil
}

// Get gives a measure of a model. ok is false where there is none.
func (r *Result) Get(measure, model string) (v Value, ok bool) {
	m := slices.IndexFunc(r.Models, func(c Column) bool { return c.Name == model })
	i := slices.IndexFunc(r.Rows, func(row Row) bool { return row.Measure == measure })
	if m < 0 || i < 0 {
		return Value{}, false
	}
	return r.Rows[i].Values[m], true
}

// find is Get with an error that lists what is near.
func (r *Result) find(measure, model string) (Value, error) {
	v, ok := r.Get(measure, model)
	if ok {
		return v, nil
	}
	var near []string
	for _, row := range r.Rows {
		if strings.HasPrefix(row.Measure, strings.SplitN(measure, "/", 2)[0]) {
			near = append(near, row.Measure)
		}
	}
	return v, fault.Input("tabulate", measure, "measured are: "+strings.Join(near, ", "), "no such measure of %s", model)
}

// judge decides the claims.
func (r *Result) judge(claims []Claim) error {
	var all []eval.Claim
	for _, c := range claims {
		if c.Against == "" {
			c.Against = Base
		}
		v, err := r.find(c.Measure, c.Model)
		if err != nil {
			return err
		}
		against, err := r.find(c.Measure, c.Against)
		if err != nil {
			return err
		}
		gain := v.Minus(against.Stat)
		all = append(all, eval.Claim{Text: c.Text, AtLeast: c.AtLeast, AtMost: c.AtMost, Gain: gain})
		r.Claims = append(r.Claims, Judged{Claim: c, Gain: gain})
	}
	for i, j := range eval.Judge(all) {
		r.Claims[i].Verdict, r.Claims[i].PFor, r.Claims[i].PAgainst = j.Verdict, j.PFor, j.PAgainst
	}
	return nil
}

// beside puts the paper's figures beside those measured here.
func (r *Result) beside(figures []Figure) error {
	for _, f := range figures {
		v, err := r.find(f.Measure, f.Model)
		if err != nil {
			return err
		}
		base, err := r.find(f.Measure, Base)
		if err != nil {
			return err
		}
		r.Paper = append(r.Paper, Beside{Figure: f, Base: base.Stat, Finetuned: v.Stat, GainHere: v.Gain})
	}
	return nil
}
