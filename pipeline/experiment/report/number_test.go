package report

import (
	"image"
	"math"
	"testing"

	"github.com/pcclip/pcclip/train/eval"
)

func grey(w, h int) image.Image { return image.NewGray(image.Rect(0, 0, w, h)) }

func TestNumbers(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{number("%", 9.64, true), "+9.6"},
		{number("%", -.04, true), "+0.0"},
		{number("%", -.04, false), "0.0"},
		{number("%", -10, false), "−10.0"},
		{number("", .0004, true), "+0.000"},
		{number("", -.25, true), "−0.250"},
		{stat("%", eval.NewStat(1, 3), true), "+2.0 ± 1.0"},
		{stat("%", eval.NewStat(1), false), "1.0"},
		{span("%", &eval.Interval{Low: -1, High: 2.25}), "[−1.0, +2.2]"},
		{span("%", nil), ""},
		{probability(.0004), "< 0.001"},
		{probability(.0449), "0.045"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// R: t.test(c(8, 9, 12)) gives 4.495833 and 14.837500.
func TestIntervalOverSeeds(t *testing.T) {
	i := overSeeds(eval.NewStat(8, 9, 12))
	if math.Abs(i.Low-4.4958) > 2e-3 || math.Abs(i.High-14.8375) > 2e-3 {
		t.Errorf("%+v", i)
	}
	if overSeeds(eval.NewStat(1)) != nil {
		t.Error("an interval of one seed")
	}
}
