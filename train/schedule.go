package train

import "math"

// rate gives the finetuning step size of a step: LR x Gamma^epoch.
func (o Options) rate(epoch int) float64 { return o.LR * math.Pow(o.Gamma, float64(epoch)) }

// cosineRate gives the pretraining step size: linear warm-up under a cosine
// that ends at zero, as min of the two.
func cosineRate(lr float64, step, warmup, steps int) float64 {
	return lr * min(float64(step+1)/float64(max(warmup, 1)), .5*(1+math.Cos(math.Pi*float64(step)/float64(steps))))
}
