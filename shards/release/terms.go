package release

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// cocoLicences are the licences that COCO's files number.
var cocoLicences = map[string]string{
	"1": "CC BY-NC-SA 2.0", "2": "CC BY-NC 2.0", "3": "CC BY-NC-ND 2.0", "4": "CC BY 2.0", "5": "CC BY-SA 2.0", "6": "CC BY-ND 2.0",
	"7": "no known restrictions", "8": "United States Government work",
}

// Terms of a row whose image licences say nothing more exact.
const (
	termsFree    = "no restrictions stated"
	termsUnknown = "unknown"
)

// conditions a Creative Commons licence may set, in the order of its name.
var conditions = []string{"BY", "NC", "SA", "ND"}

// composeTerms gives the terms of two images together: every condition that one
// of them sets. One licence that nobody knows makes the whole unknown.
func composeTerms(source, a, b string) string {
	all := map[string]bool{}
	for _, licence := range []string{a, b} {
		if source == "coco" && cocoLicences[licence] != "" {
			licence = cocoLicences[licence]
		}
		known, set := readLicence(licence)
		if !known {
			return termsUnknown
		}
		for _, c := range set {
			all[c] = true
		}
	}
	var set []string
	for _, c := range conditions {
		if all[c] {
			set = append(set, c)
		}
	}
	if set == nil {
		return termsFree
	}
	return strings.Join(set, "-")
}

// readLicence gives the conditions of a licence, where its name says them.
func readLicence(name string) (known bool, set []string) {
	low := strings.ToLower(name)
	switch {
	case strings.Contains(low, "no known"), strings.Contains(low, "government work"), strings.Contains(low, "cc0"), strings.Contains(low, "public domain"):
		return true, nil
	case !strings.Contains(low, "cc") && !strings.Contains(low, "creativecommons"):
		return false, nil
	}
	words := strings.FieldsFunc(low, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	for _, c := range conditions {
		if slices.Contains(words, strings.ToLower(c)) {
			set = append(set, c)
		}
	}
	return set != nil, set
}

// strictest gives the terms that hold for rows of all these terms together.
func strictest(terms map[string]int64) string {
	all := map[string]bool{}
	for t := range terms {
		if t == termsUnknown {
			return termsUnknown
		}
		for c := range strings.SplitSeq(t, "-") {
			all[c] = true
		}
	}
	var set []string
	for _, c := range conditions {
		if all[c] {
			set = append(set, c)
		}
	}
	return cmp.Or(strings.Join(set, "-"), termsFree)
}

// modelTerms are what is reported of the output terms of model families.
var modelTerms = []struct{ part, terms string }{
	{"llama", "Llama: the community licence's conditions on outputs hold, such as the model's name in that of a model trained on them (version 3.1 and later), or no use for other language models (version 2 and 3)."},
	{"gpt", "OpenAI: outputs belong to who asked, and may not serve to build competing models."},
	{"claude", "Anthropic: outputs belong to who asked, and may not serve to build competing models."},
	{"gemini", "Google: the terms of the API hold for outputs."},
	{"gemma", "Gemma: the terms of use hold for models trained on outputs."},
	{"qwen", "Qwen: most sizes are under Apache-2.0, which sets no terms for outputs; some are under a licence of their own."},
	{"mistral", "Mistral: models under Apache-2.0 set no terms for outputs; others have a licence of their own."},
	{"olmo", "OLMo: Apache-2.0 sets no terms for outputs."},
}

// outputTerms gives what is reported of the models' terms, by family.
func outputTerms(requested string, served map[string]int64) []string {
	names := append(slices.Sorted(maps.Keys(served)), requested)
	var out []string
	for _, m := range modelTerms {
		if slices.ContainsFunc(names, func(n string) bool { return strings.Contains(strings.ToLower(n), m.part) }) {
			out = append(out, m.terms)
		}
	}
	return out
}
