package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"path/filepath"

	"github.com/pcclip/pcclip/pipeline/experiment"
)

var (
	//go:embed page.html
	pageHTML string
	//go:embed style.css
	style string
)

// page is all that the page shows. What is in experiment.json or is a picture
// is not in its JSON.
type page struct {
	Name     string             `json:"name"`
	Ground   string             `json:"ground"`
	Main     string             `json:"main_model"` // the model that the page is about
	Tiles    []tile             `json:"headline"`
	Verdicts []verdict          `json:"claims"`
	Sections []section          `json:"sections"`
	Funnel   *funnels           `json:"funnel,omitempty"`
	Examples []pair             `json:"examples"`
	Hardest  []pair             `json:"hardest"`
	Tables   []*table           `json:"-"`
	All      []*table           `json:"-"`
	Paper    []besides          `json:"-"`
	Result   *experiment.Result `json:"-"`
	Style    template.CSS       `json:"-"`
	World    bool               `json:"-"`
}

// section is a headed group of figures.
type section struct {
	ID      string   `json:"id"`
	Title   string   `json:"title"`
	Text    []string `json:"-"`
	Figures []figure `json:"figures"`
}

// newPage gathers what the page shows, in its order.
func newPage(k *kept, r *experiment.Result) (*page, error) {
	p := &page{
		Name: k.plan.Name, Ground: ground(k.plan), Main: k.main(), Result: r, World: k.plan.Real == nil,
		Style: template.CSS(style), //nolint:gosec // embedded
	}
	p.Tiles, p.Verdicts = tiles(k, r), verdicts(r)
	p.Tables, p.All, p.Paper = newTables(r, experiment.Main), newTables(r, nil), beside(r)
	for _, add := range []func(*kept, *experiment.Result) (section, error){
		accuracies, gains, geometry, comparative, interpolation, delta, losses,
	} {
		s, err := add(k, r)
		if err != nil {
			return nil, err
		}
		if len(s.Figures) > 0 {
			p.Sections = append(p.Sections, s)
		}
	}
	var err error
	if p.Funnel, err = newFunnels(k); err != nil {
		return nil, err
	}
	p.Examples, p.Hardest, err = pairs(k)
	return p, err
}

// ground says in a few words what the models were compared on.
func ground(plan experiment.Plan) string {
	if plan.Real != nil {
		return fmt.Sprintf("tasks %s, base model %s", filepath.Base(plan.Real.Tasks), filepath.Base(plan.Real.Model))
	}
	return "made-up worlds: pictures of coloured shapes with captions, and a small CLIP pretrained on each"
}

func (p *page) html() ([]byte, error) {
	t, err := template.New("page").Parse(pageHTML)
	if err != nil {
		return nil, fmt.Errorf("read page template: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return nil, fmt.Errorf("write page: %w", err)
	}
	return b.Bytes(), nil
}
