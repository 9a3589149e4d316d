package train

import (
	"fmt"

	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/clip"
)

// Average writes the model (1-alpha) x base + alpha x finetuned to a folder in
// open_clip's layout (WiSE-FT's interpolation, which the reference code offers
// too). alpha lies in [0, 1]; both models must have one configuration.
func Average(base, finetuned string, alpha float64, out string) error {
	if !(alpha >= 0 && alpha <= 1) {
		return fault.Input("average models", "--alpha", "give a share from 0 (the base) to 1 (the finetuned)", "%v is out of range", alpha)
	}
	config, a, err := clip.Read(base)
	if err != nil {
		return err
	}
	other, b, err := clip.Read(finetuned)
	if err != nil {
		return err
	}
	if config != other {
		return fault.Input("average models", finetuned, "give two models of one architecture", "its configuration is not that of %s", base)
	}
	for i := range a {
		for k := range a[i].Data {
			x, y := float64(a[i].Data[k]), float64(b[i].Data[k])
			a[i].Data[k] = float32(float64((1-alpha)*x) + float64(alpha*y))
		}
	}
	return clip.Save(out, config, a)
}

// Layouts that Export writes.
const (
	LayoutOpenCLIP = "openclip"
	LayoutHF       = "hf"
)

// Export writes a model in another layout, losslessly.
func Export(model, layout, out string) error {
	config, weights, err := clip.Read(model)
	if err != nil {
		return err
	}
	switch layout {
	case LayoutOpenCLIP:
		return clip.Save(out, config, weights)
	case LayoutHF:
		return clip.SaveHF(out, config, weights)
	}
	return fmt.Errorf("export model: unknown layout %q", layout)
}
