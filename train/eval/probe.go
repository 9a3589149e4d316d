package eval

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/pcclip/pcclip/shards/order"
)

// Settings of the linear probe: five images a class, five draws (paper,
// appendix D), trained until it hardly moves.
const (
	probeImages = 5
	probeDraws  = 5
	probeSteps  = 200
	probeRate   = .5
	probeDecay  = 1e-3
)

// Probe is the score of a linear classifier on image embeddings, in percent:
// multinomial logistic regression on unit vectors, on draws of train images. The
// image tower alone decides it, so that two models with one image tower score
// the same.
type Probe struct {
	Task  string `json:"task"`
	N     int    `json:"n"`     // test images
	Train int    `json:"train"` // images of a draw
	Top1  Stat   `json:"top1"`  // over draws
}

// probe trains and scores the draws of one task.
func (c *classTask) probe(ctx context.Context, seed int64, v vectors) (Probe, error) {
	var labels []string
	for _, class := range c.classes {
		if !slices.Contains(labels, class.Label) {
			labels = append(labels, class.Label)
		}
	}
	var top1 []float64
	out := Probe{Task: c.name, N: len(c.images[SplitTest])}
	for draw := range probeDraws {
		images := drawTrain(c.images[SplitTrain], labels, seed, draw)
		out.Train = len(images)
		w, err := fitProbe(ctx, images, labels, v)
		if err != nil {
			return out, err
		}
		right := 0
		for _, it := range c.images[SplitTest] {
			right += one(labels[nearest(withBias(v[it.Image]), w)] == it.Label)
		}
		top1 = append(top1, percent(right, out.N))
	}
	out.Top1 = NewStat(top1...)
	return out, nil
}

// drawTrain draws the images of each class, class by class.
func drawTrain(images []Item, labels []string, seed int64, draw int) []Item {
	r := rand.New(rand.NewPCG(order.Hash(seed, fmt.Sprintf("probe/%d", draw)), 1))
	byLabel := map[string][]Item{}
	for _, it := range images {
		byLabel[it.Label] = append(byLabel[it.Label], it)
	}
	var out []Item
	for _, l := range labels {
		of := byLabel[l]
		for _, i := range r.Perm(len(of))[:min(probeImages, len(of))] {
			out = append(out, of[i])
		}
	}
	return out
}

// withBias appends the constant that carries a class's offset.
func withBias(u []float64) []float64 { return append(slices.Clone(u), 1) }

// fitProbe minimises cross-entropy by gradient descent with momentum from zero
// weights: one row [D+1] a label.
func fitProbe(ctx context.Context, images []Item, labels []string, v vectors) ([][]float64, error) {
	x := make([][]float64, len(images))
	for i, it := range images {
		x[i] = withBias(v[it.Image])
	}
	w, speed := make([][]float64, len(labels)), make([][]float64, len(labels))
	for l := range w {
		w[l], speed[l] = make([]float64, len(x[0])), make([]float64, len(x[0]))
	}
	// Unit vectors of images lie close together: logits need a scale.
	const sharp = 30
	for range probeSteps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		gradient := make([][]float64, len(labels))
		for l := range gradient {
			gradient[l] = mix(probeDecay, w[l], 0, w[l])
		}
		for i, it := range images {
			p := softmax(x[i], w, sharp)
			for l := range labels {
				error := p[l] - float64(one(labels[l] == it.Label))
				gradient[l] = mix(1, gradient[l], error/float64(len(images)), x[i])
			}
		}
		for l := range w {
			speed[l] = mix(.9, speed[l], -probeRate, gradient[l])
			w[l] = mix(1, w[l], 1, speed[l])
		}
	}
	return w, nil
}

func softmax(x []float64, w [][]float64, sharp float64) []float64 {
	p, most := make([]float64, len(w)), math.Inf(-1)
	for l := range w {
		p[l] = sharp * dot(x, w[l])
		most = max(most, p[l])
	}
	sum := 0.0
	for l := range p {
		p[l] = math.Exp(p[l] - most)
		sum += p[l]
	}
	for l := range p {
		p[l] /= sum
	}
	return p
}
