//go:build libtorch

package loss

import (
	"math"
	"testing"

	"github.com/pcclip/pcclip/train/torch"
)

// What all texts share goes away: of (1,0) and (0,1) the halves of (1,-1) stay,
// and adding one direction to all changes nothing but their length.
func TestCentre(t *testing.T) {
	th, err := torch.Start(torch.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer th.Close()
	err = th.Do(t.Context(), func(s *torch.Scope) error {
		r := float32(math.Sqrt2 / 2)
		for i, x := range s.Float32s(Centre(s, s.FromFloat32([]float32{1, 0, 0, 1}, 2, 2))) {
			if want := []float32{r, -r, -r, r}[i]; math.Abs(float64(x-want)) > 1e-6 {
				t.Errorf("number %d is %v, want %v", i, x, want)
			}
		}
		a := s.Float32s(Centre(s, s.FromFloat32([]float32{1, 0, 2, 0, 1, 0, -1, 3, 1}, 3, 3)))
		b := s.Float32s(Centre(s, s.FromFloat32([]float32{6, -2, 4, 5, -1, 2, 4, 1, 3}, 3, 3)))
		for i := range a {
			if math.Abs(float64(a[i]-b[i])) > 1e-6 {
				t.Errorf("an offset changes %v to %v", a[i], b[i])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
