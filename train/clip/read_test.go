package clip

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Weights that do not belong to the configuration are refused by name.
func TestForeignWeightsRefused(t *testing.T) {
	config, weights, err := Read(filepath.Join("testdata", "parity", "gelu"))
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(weights, func(w Weight) bool { return w.Name == "text_projection" })
	for what, c := range map[string]struct {
		weights []Weight
		want    string
	}{
		"missing":   {slices.Delete(slices.Clone(weights), at, at+1), `no tensor "text_projection"`},
		"unknown":   {append(slices.Clone(weights), Weight{Spec{"visual.extra", []int{1}}, []float32{1}}), `"visual.extra" belongs to no part`},
		"misshapen": {reshaped(weights, at), `"text_projection" has shape [24 32], not [32 24]`},
	} {
		folder := t.TempDir()
		if err := Save(folder, config, c.weights); err != nil {
			t.Fatal(err)
		}
		if _, _, err := Read(folder); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, _, err := Read(t.TempDir()); err == nil || !strings.Contains(err.Error(), "no model here") {
		t.Errorf("an empty folder: %v", err)
	}
}

func reshaped(weights []Weight, at int) []Weight {
	out := slices.Clone(weights)
	shape := slices.Clone(out[at].Shape)
	slices.Reverse(shape)
	out[at].Shape = shape
	return out
}
