package check

import "slices"

// caption makes the rule set for captions of one image: what strict asks of any
// text, and nothing that only a difference has.
func caption(l limits) *Rules {
	r := strict(l)
	r.version, r.captions, r.duplicate, r.nearDuplicate = "caption/1", true, false, false
	r.asks = slices.DeleteFunc(r.asks, func(a ask) bool { return a.name == "one_image" })
	return r
}
