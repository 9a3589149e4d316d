package eval

import (
	"context"
	"fmt"
	"math"
)

// Embedder gives vectors of one dimension, one for each text or image name, in
// order. They need not be normalised.
type Embedder interface {
	Texts(ctx context.Context, texts []string) ([][]float32, error)
	Images(ctx context.Context, names []string) ([][]float32, error)
}

// vectors are unit vectors by text or name; each distinct one is embedded once.
type vectors map[string][]float64

// embed embeds the distinct keys in the order of their first appearance.
func embed(ctx context.Context, keys []string, fn func(context.Context, []string) ([][]float32, error)) (vectors, error) {
	out := vectors{}
	var distinct []string
	for _, k := range keys {
		if _, seen := out[k]; !seen {
			out[k] = nil
			distinct = append(distinct, k)
		}
	}
	if len(distinct) == 0 {
		return out, nil
	}
	raw, err := fn(ctx, distinct)
	if err != nil {
		return nil, err
	}
	if len(raw) != len(distinct) {
		return nil, fmt.Errorf("embed: %d vectors for %d keys", len(raw), len(distinct))
	}
	for i, k := range distinct {
		out[k] = unit(raw[i])
	}
	return out, nil
}

func unit(v []float32) []float64 {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	norm := max(math.Sqrt(sum), 1e-12)
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = float64(x) / norm
	}
	return out
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += float64(a[i] * b[i])
	}
	return sum
}

func sub(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] - b[i]
	}
	return out
}
