package loss

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Learning says what happens to the temperature.
type Learning string

const (
	// Fixed temperatures stay what they are.
	Fixed Learning = ""
	// Learned temperatures are a parameter, trained as a logarithm.
	Learned Learning = "learned"
	// Clamped temperatures are learned and held between 0.01 and 1, as CLIP's
	// scale is between 1 and 100.
	Clamped Learning = "clamped"
)

// LogScale is the parameter's name: the logarithm of 1/T. It is not part of the
// model, whose logit_scale belongs to images and captions.
const LogScale = "objective.log_scale"

// MaxLogScale is CLIP's bound on the learned scale: ln 100.
var MaxLogScale = math.Log(100)

// ParseTemperature reads "0.07", "learned", "learned:0.07", "clamped" or
// "clamped:0.07"; where no number stands, t stays.
func ParseTemperature(text string, t float64) (float64, Learning, error) {
	word, number, both := strings.Cut(text, ":")
	learning := Learning(word)
	if learning != Learned && learning != Clamped {
		learning, number, both = Fixed, text, true
	}
	if !both {
		return t, learning, nil
	}
	t, err := strconv.ParseFloat(number, 64)
	if err != nil || !(t > 0) || math.IsInf(t, 1) {
		return 0, "", fmt.Errorf("%q is no temperature", text)
	}
	return t, learning, nil
}
