package clip

import "strings"

// ImageDigest gives the digest of the image tower's weights alone: two models
// that agree in it, and in how they prepare images, embed images alike.
func ImageDigest(weights []Weight) string {
	var tower []Weight
	for _, w := range weights {
		if strings.HasPrefix(w.Name, "visual.") {
			tower = append(tower, w)
		}
	}
	return Digest(tower)
}
