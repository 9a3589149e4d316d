package clip

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/clip/safetensors"
)

// Weight files of a model folder.
const (
	openCLIPWeights = "open_clip_model.safetensors"
	hfWeights       = "model.safetensors"
)

// Read reads a model's configuration and weights, in the order of Specs. path
// is a folder in open_clip's layout (open_clip_config.json,
// open_clip_model.safetensors) or Hugging Face's (config.json,
// model.safetensors), a safetensors file inside one, or a Hub id, see Resolve.
// Missing, unknown and misshapen tensors are errors by name.
func Read(path string) (Config, []Weight, error) {
	path, err := Resolve(path)
	if err != nil {
		return Config{}, nil, err
	}
	config, weights, err := locate(path)
	if err != nil {
		return Config{}, nil, err
	}
	c, err := ReadConfig(config)
	if err != nil {
		return Config{}, nil, err
	}
	f, err := safetensors.Open(weights)
	if err != nil {
		return Config{}, nil, err
	}
	defer f.Close()
	specs, read := c.Specs(), readOpenCLIP
	if _, hf := f.Info("text_model.final_layer_norm.weight"); hf {
		read = readHF
	}
	out, err := read(f, specs)
	if err != nil {
		return Config{}, nil, fault.Input("read model", weights, "give weights that belong to "+config, "%w", err)
	}
	return c, out, nil
}

// locate finds the two files of a model.
func locate(path string) (config, weights string, err error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", "", fault.Input("read model", path, "give a folder with "+OpenCLIPConfig+" and "+openCLIPWeights+", or make one with: pcclip pretrain", "no such file or folder")
	}
	if err != nil {
		return "", "", fmt.Errorf("read model: %w", err)
	}
	if info.IsDir() {
		return locateIn(path)
	}
	for _, c := range []string{filepath.Join(filepath.Dir(path), OpenCLIPConfig), filepath.Join(filepath.Dir(path), HFConfig)} {
		if exists(c) {
			return c, path, nil
		}
	}
	return "", "", noModel(path)
}

// locateIn finds the two files of a model's folder.
func locateIn(folder string) (config, weights string, err error) {
	for _, pair := range [][2]string{{OpenCLIPConfig, openCLIPWeights}, {HFConfig, hfWeights}, {OpenCLIPConfig, hfWeights}} {
		c, w := filepath.Join(folder, pair[0]), filepath.Join(folder, pair[1])
		if exists(c) && exists(w) {
			return c, w, nil
		}
	}
	return "", "", noModel(folder)
}

func noModel(path string) error {
	return fault.Input("read model", path, "a model is "+OpenCLIPConfig+" with "+openCLIPWeights+", or "+HFConfig+" with "+hfWeights, "no model here")
}

func exists(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

func readOpenCLIP(f *safetensors.File, specs []Spec) ([]Weight, error) {
	var out []Weight
	known := map[string]bool{}
	for _, s := range specs {
		known[s.Name] = true
		w, err := readTensor(f, s.Name, s.Shape)
		if err != nil {
			return nil, err
		}
		out = append(out, Weight{Spec: s, Data: w})
	}
	return out, unknown(f, known)
}

func readTensor(f *safetensors.File, name string, shape []int) ([]float32, error) {
	info, ok := f.Info(name)
	if !ok {
		return nil, fmt.Errorf("no tensor %q", name)
	}
	if got := ints(info.Shape); !sameShape(got, shape) {
		return nil, fmt.Errorf("tensor %q has shape %v, not %v", name, got, shape)
	}
	return f.ReadFloat32(name)
}

func unknown(f *safetensors.File, known map[string]bool) error {
	for _, name := range f.Names() {
		ignorable := strings.HasSuffix(name, ".position_ids") || name == "attn_mask"
		if !known[name] && !ignorable {
			return fmt.Errorf("tensor %q belongs to no part of this model", name)
		}
	}
	return nil
}

func ints(shape []int64) []int {
	out := make([]int, len(shape))
	for i, d := range shape {
		out[i] = int(d)
	}
	return out
}

// Save writes a model folder in open_clip's layout, losslessly. open_clip
// loads it as local-dir:FOLDER.
func Save(folder string, c Config, weights []Weight) error {
	return save(folder, openCLIPWeights, weights, func() error { return WriteConfig(filepath.Join(folder, OpenCLIPConfig), c) })
}

// SaveHF writes a model folder in Hugging Face's layout, losslessly.
func SaveHF(folder string, c Config, weights []Weight) error {
	converted, err := toHF(c, weights)
	if err != nil {
		return fmt.Errorf("convert to Hugging Face's layout: %w", err)
	}
	return save(folder, hfWeights, converted, func() error { return WriteHFConfig(folder, c) })
}

func save(folder, file string, weights []Weight, config func() error) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("write model: %w", err)
	}
	tensors := make([]safetensors.Tensor, len(weights))
	for i, w := range weights {
		shape := make([]int64, len(w.Shape))
		for k, d := range w.Shape {
			shape[k] = int64(d)
		}
		tensors[i] = safetensors.Tensor{Name: w.Name, Shape: shape, F32: w.Data}
	}
	slices.SortFunc(tensors, func(a, b safetensors.Tensor) int { return strings.Compare(a.Name, b.Name) })
	if err := safetensors.Write(filepath.Join(folder, file), tensors, nil); err != nil {
		return fmt.Errorf("write model: %w", err)
	}
	return config()
}
