package world

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// The mean over many draws of the noise equals what numpy draws without noise
// (testdata/make_scenes.py). Clipped noise moves the ends of the range a little.
func TestRenderEqualsNumpy(t *testing.T) {
	b, err := os.ReadFile("testdata/scenes.json")
	if err != nil {
		t.Fatal(err)
	}
	var scenes []struct {
		Back, Pattern, Light string
		Phase                float64
		Objects              []struct {
			Shape         string
			X, Y, R, Turn float64
			Colour        [3]float64
		}
		Levels []byte
	}
	if err := json.Unmarshal(b, &scenes); err != nil {
		t.Fatal(err)
	}
	if len(scenes) == 0 {
		t.Fatal("no scenes")
	}
	const draws = 100
	for i, g := range scenes {
		s := Scene{Back: g.Back, Pattern: g.Pattern, Light: g.Light, phase: g.Phase}
		for _, o := range g.Objects {
			s.objects = append(s.objects, object{x: o.X, y: o.Y, r: o.R, turn: o.Turn, shape: o.Shape, colour: o.Colour})
		}
		sum := make([]float64, 3*Pixels*Pixels)
		for n := range draws {
			for k, v := range s.render(newStream(int64(n), "render test/%d", i)) {
				sum[k] += float64(v) / draws
			}
		}
		if len(g.Levels) != len(sum) {
			t.Fatalf("scene %d: %d levels", i, len(g.Levels))
		}
		for k := range sum {
			if d := sum[k] - float64(g.Levels[k]); math.Abs(d) > 4 {
				t.Errorf("scene %d, %s %s, pixel %d,%d channel %d: %.1f, numpy draws %d", i, s.Pattern, s.Light, k/3%Pixels, k/3/Pixels, k%3, sum[k], g.Levels[k])
				break
			}
		}
	}
}
