package sets

import "github.com/pcclip/pcclip/shards/fault"

// Options say which sets are read and how tasks are drawn from them.
type Options struct {
	// Sets are names of sets; none: every known set that is there. A name that
	// is no known set's is a folder of class folders under the data root.
	Sets []string
	// PaperCompat rebuilds the published evaluation with its label bugs, on raw
	// labels.
	PaperCompat bool
	// Seed is the first seed of images and pairs; the next ones follow it.
	Seed int64
	// Seeds is how many draws a difference task has, at least 1.
	Seeds int
	// Pairs bounds the pairs of a difference task in each draw; 0: all of them.
	// PaperCompat has all, as the paper.
	Pairs int
	// Limit bounds the test images of a set; 0: all of them. Each class keeps
	// its share.
	Limit int
	// Comparative adds what comparative prompting needs: comparisons of classes,
	// and validation images to choose pairs and alpha on.
	Comparative bool
	// Probe adds training images for a linear probe.
	Probe bool
	// Files is a folder with files of the user's that replace those built in,
	// of the same names: templates/cub.txt, groups/cifar100-size.txt, ... Names
	// in classes/ add to those built in. Empty: none.
	Files string
}

// Default draws every task five times, of up to 500 pairs, over all test images.
func Default() Options { return Options{Seeds: 5, Pairs: 500} }

// Validate names the first value that makes no sense.
func (o Options) Validate() error {
	for _, v := range []struct {
		name       string
		value, min int
	}{{"seeds", o.Seeds, 1}, {"pairs", o.Pairs, 0}, {"limit", o.Limit, 0}} {
		if v.value < v.min {
			return fault.Input("read sets", "", "give a larger number", "%s is %d, at least %d is needed", v.name, v.value, v.min)
		}
	}
	return nil
}
