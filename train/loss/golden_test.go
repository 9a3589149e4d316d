//go:build libtorch

package loss

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/pcclip/pcclip/train/torch"
)

// expected is a loss that PyTorch computed, of x [N,D] against d [N,D].
type expected struct {
	Masks       []Mask
	Temperature float64
	Learned     bool
	X, D, Grad  []float32
	Loss        float64
	ScaleGrad   float64 `json:"scale_grad"`
}

type golden struct {
	A, B, Text      []int64
	Dim             int
	Cases           []expected
	Squared, Anchor expected
}

func readGolden(t *testing.T) golden {
	t.Helper()
	b, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(b, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

// compare computes a loss of normalised x, and its gradients.
func compare(t *testing.T, want expected, dim int, loss func(s *torch.Scope, p *torch.Params, x, d *torch.Tensor) *torch.Tensor) {
	t.Helper()
	th, err := torch.Start(torch.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer th.Close()
	rows := len(want.X) / dim
	err = th.Do(context.Background(), func(s *torch.Scope) error {
		learning := Fixed
		if want.Learned {
			learning = Learned
		}
		params := append(ScaleParams(want.Temperature, learning), torch.Param{Name: "x", Shape: []int{rows, dim}, Data: want.X})
		p := s.NewParams(params, func(string, []int) torch.Group { return torch.Plain })
		defer p.Free(s)
		value := loss(s, p, s.Normalize(p.At("x")), s.FromFloat32(want.D, rows, dim))
		near(t, "loss", s.Float32s(value), []float32{float32(want.Loss)})
		s.Backward(value)
		near(t, "gradient", p.Grad(s, "x").Data, want.Grad)
		if want.Learned {
			near(t, "gradient of the scale", p.Grad(s, LogScale).Data, []float32{float32(want.ScaleGrad)})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func near(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, not %d", what, len(got), len(want))
	}
	for i, w := range want {
		if d := math.Abs(float64(got[i]) - float64(w)); !(d <= 2e-6*max(1, math.Abs(float64(w)))) {
			t.Errorf("%s: number %d is %v, not %v", what, i, got[i], w)
		}
	}
}

func TestInfoNCEEqualsPyTorch(t *testing.T) {
	g := readGolden(t)
	for _, c := range g.Cases {
		compare(t, c, g.Dim, func(s *torch.Scope, p *torch.Params, x, d *torch.Tensor) *torch.Tensor {
			logits := Scale(s, s.MatMul(x, s.Transpose(s.Normalize(d), 0, 1)), c.Temperature, p)
			return InfoNCE(s, Hide(s, logits, Rows{A: g.A, B: g.B, Text: g.Text}, c.Masks))
		})
	}
}

func TestSquaredEqualsPyTorch(t *testing.T) {
	g := readGolden(t)
	compare(t, g.Squared, g.Dim, func(s *torch.Scope, _ *torch.Params, x, d *torch.Tensor) *torch.Tensor { return Squared(s, x, d) })
}

func TestAnchorEqualsPyTorch(t *testing.T) {
	g := readGolden(t)
	compare(t, g.Anchor, g.Dim, func(s *torch.Scope, _ *torch.Params, x, d *torch.Tensor) *torch.Tensor { return Anchor(s, x, d) })
}
