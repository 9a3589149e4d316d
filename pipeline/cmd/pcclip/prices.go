package main

import (
	"fmt"
	"math"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"

	"github.com/pcclip/pcclip/generate"
)

// prices are those of models, by the name that an endpoint has for them.
type prices map[string]generate.Price

// Decode reads the table: a mapping of a settings file, or YAML on the command line.
func (p *prices) Decode(ctx *kong.DecodeContext) error {
	t, err := ctx.Scan.PopValue("table")
	if err != nil {
		return err
	}
	var table any = t.Value
	if text, typed := table.(string); typed {
		if err := yaml.Unmarshal([]byte(text), &table); err != nil {
			return fmt.Errorf("%q is no table; write {MODEL: {prompt: 0.15, completion: 0.6}}", text)
		}
	}
	models, ok := table.(map[string]any)
	if !ok {
		return fmt.Errorf("%q is no table; write {MODEL: {prompt: 0.15, completion: 0.6}}", fmt.Sprint(table))
	}
	out := prices{}
	for _, model := range sortedNames(models) {
		if out[model], err = modelPrice(models[model]); err != nil {
			return fmt.Errorf("%s: %w", model, err)
		}
	}
	*p = out
	return nil
}

// modelPrice reads the price of one model.
func modelPrice(v any) (p generate.Price, err error) {
	fields, ok := v.(map[string]any)
	if !ok {
		return p, fmt.Errorf("%q is no price; write {prompt: 0.15, completion: 0.6}", fmt.Sprint(v))
	}
	for _, need := range []string{"prompt", "completion"} {
		if _, given := fields[need]; !given {
			return p, fmt.Errorf("%s is missing; give the price of a million tokens", need)
		}
	}
	to := map[string]*float64{"prompt": &p.Prompt, "completion": &p.Completion, "cached": &p.Cached}
	for _, name := range sortedNames(fields) {
		at := to[name]
		if at == nil {
			return p, fmt.Errorf("unknown key %q; valid are: cached, completion, prompt", name)
		}
		switch n := fields[name].(type) {
		case int:
			*at = float64(n)
		case float64:
			*at = n
		default:
			return p, fmt.Errorf("%s: %q is no number", name, fmt.Sprint(n))
		}
		if !(*at >= 0) || math.IsInf(*at, 1) {
			return p, fmt.Errorf("%s: %v is no price of a million tokens; give 0 or more", name, *at)
		}
	}
	return p, nil
}
