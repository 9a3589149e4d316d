package check

import "slices"

// caption makes the rule set for captions of one image: what strict asks of any
// text, and nothing that only a difference has.
func caption() *Rules {
	r := strict()
	r.version, r.captions, r.distinct = "caption/1", true, false
	r.asks = slices.DeleteFunc(r.asks, func(a ask) bool { return a.name == "one_image" })
	return r
}
