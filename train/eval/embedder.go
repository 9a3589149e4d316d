package eval

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// Embedder gives vectors of one dimension, one for each text or image name, in
// order. They need not be normalised, but every number must be finite. The zero
// vector fits nothing: its cosine with any other is 0.
type Embedder interface {
	Texts(ctx context.Context, texts []string) ([][]float32, error)
	Images(ctx context.Context, names []string) ([][]float32, error)
}

// vectors are unit vectors by text or name; each distinct one is embedded once.
type vectors map[string][]float64

// ErrVectors says that an Embedder gave vectors that cannot be compared: too
// few, of several dimensions, or with a NaN or an infinity.
var ErrVectors = errors.New("vectors cannot be compared")

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
		return nil, fmt.Errorf("%w: %d vectors for %d keys", ErrVectors, len(raw), len(distinct))
	}
	for i, k := range distinct {
		if len(raw[i]) == 0 || len(raw[i]) != len(raw[0]) {
			return nil, fmt.Errorf("%w: %q has dimension %d, the first vector %d", ErrVectors, k, len(raw[i]), len(raw[0]))
		}
		if out[k] = unit(raw[i]); out[k] == nil {
			return nil, fmt.Errorf("%w: that of %q is not finite; the model has diverged", ErrVectors, k)
		}
	}
	return out, nil
}

// sameSpace says that texts and images have one dimension.
func sameSpace(texts, images vectors) error {
	for _, t := range texts {
		for _, v := range images {
			if len(t) != len(v) {
				return fmt.Errorf("%w: texts have dimension %d, images %d", ErrVectors, len(t), len(v))
			}
			return nil // all of a kind are equal
		}
	}
	return nil
}

// unit gives v with length 1, near-zero vectors shorter, and nil where v is not
// finite. No float32 is so large that the sum of squares overflows.
func unit(v []float32) []float64 {
	sum := 0.0
	for _, x := range v {
		sum += float64(float64(x) * float64(x))
	}
	if math.IsNaN(sum) || math.IsInf(sum, 0) {
		return nil
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

// mix gives a x + b y.
func mix(a float64, x []float64, b float64, y []float64) []float64 {
	out := make([]float64, len(x))
	for i := range x {
		out[i] = float64(a*x[i]) + float64(b*y[i])
	}
	return out
}

func length(v []float64) float64 { return math.Sqrt(dot(v, v)) }

// scaled gives v with length 1.
func scaled(v []float64) []float64 { return mix(1/max(length(v), 1e-12), v, 0, v) }

// cosine gives the cosine of two vectors, 0 where one has no direction.
func cosine(a, b []float64) float64 {
	n := length(a) * length(b)
	if n < minDelta {
		return 0
	}
	return dot(a, b) / n
}
