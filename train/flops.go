package train

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/pcclip/pcclip/train/clip"
)

// peaks are dense TFLOP/s as NVIDIA's data sheets give them, by what the name of
// a GPU contains, the longer names first.
var peaks = []struct {
	name             string
	fp32, tf32, bf16 float64
}{
	{"H200", 67, 494.7, 989.4},
	{"H100 NVL", 60, 417.5, 835.5},
	{"H100 PCIe", 51, 378, 756},
	{"H100", 67, 494.7, 989.4},
	{"A100", 19.5, 156, 312},
	{"L40S", 91.6, 183, 362},
	{"A10", 31.2, 62.5, 125},
	{"L4", 30.3, 60, 121},
}

// peakFLOPs gives a device's dense peak at a precision, in operations a second;
// 0 where the device is not known.
func peakFLOPs(device string, p Precision) float64 {
	for _, d := range peaks {
		if strings.Contains(device, d.name) {
			return map[Precision]float64{FP32: d.fp32, TF32: d.tf32, BF16: d.bf16}[p] * 1e12
		}
	}
	return 0
}

// gpuName gives the name of this machine's first GPU as its driver tells it under
// root, usually /proc; "" for none.
func gpuName(root string) string {
	files, err := filepath.Glob(filepath.Join(root, "driver", "nvidia", "gpus", "*", "information"))
	if err != nil || len(files) == 0 {
		return ""
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(b)) {
		if name, ok := strings.CutPrefix(line, "Model:"); ok {
			return strings.TrimSpace(name)
		}
	}
	return ""
}

// stepFLOPs gives the operations that a step on texts needs: multiplications and
// additions of the text tower's matrix products and attention at the texts' own
// lengths. Padding, recomputing and second passes are not counted. Backward of a
// block costs two forwards; of one whose weights are frozen (lora), one; below
// the first trained block there is none.
func stepFLOPs(c clip.Config, set trainableSet, texts [][]int32) float64 {
	t := c.Text
	width, hidden := float64(t.Width), float64(t.Hidden())
	block, project := 0.0, 0.0
	for _, text := range texts {
		n := float64(len(text))
		block += 2*n*(4*width*width+2*width*hidden) + 4*n*n*width
		project += 2 * width * float64(c.EmbedDim)
	}
	forward := float64(t.Layers)
	switch set.kind {
	case "last":
		return block*(forward+2*float64(set.n)) + 2*project
	case "lora":
		return block*2*forward + 2*project
	case "text":
		return block*3*forward + 3*project
	}
	return block*3*forward + 2*project
}
