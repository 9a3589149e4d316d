//go:build libtorch

package train

import "github.com/pcclip/pcclip/train/torch"

// TorchVersion names the libtorch that this binary runs with.
func TorchVersion() (string, error) {
	info, err := torch.Describe()
	return info.Version, err
}
