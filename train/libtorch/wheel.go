package libtorch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"github.com/pcclip/pcclip/shards/fault"
)

// pinnedVersion is the libtorch that Fetch fetches.
const pinnedVersion = "2.11.0"

// wheel is a pinned file of the Python package index.
type wheel struct {
	project, version string
	abi              string // of a wheel for one Python version; "" for any
	platform         string
	file             string
	size             int64 // bytes
	sha256           string
}

// pinned gives the wheels of this platform, smallest first, so that a network
// that does not work shows early; nil where there are none. The wheels are the
// same whatever Python pip runs in. libtorch_cpu.so needs the two of NVIDIA to
// start, on a machine without a GPU too.
func pinned() []wheel {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		return nil
	}
	return []wheel{
		{
			project: "nvidia-cuda-runtime", version: "13.0.96", platform: "manylinux2014_x86_64",
			file: "nvidia_cuda_runtime-13.0.96-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
			size: 2243632, sha256: "7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548",
		},
		{
			project: "nvidia-cuda-cupti", version: "13.0.85", platform: "manylinux_2_25_x86_64",
			file: "nvidia_cuda_cupti-13.0.85-py3-none-manylinux_2_25_x86_64.whl",
			size: 10715597, sha256: "4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8",
		},
		{
			project: "torch", version: pinnedVersion, abi: "cp311", platform: "manylinux_2_28_x86_64",
			file: "torch-2.11.0-cp311-cp311-manylinux_2_28_x86_64.whl",
			size: 530604548, sha256: "7aa2f9bbc6d4595ba72138026b2074be1233186150e9292865e04b7a63b8c67a",
		},
	}
}

// totalSize adds up the wheels, in bytes.
func totalSize(wheels []wheel) (n int64) {
	for _, w := range wheels {
		n += w.size
	}
	return n
}

// open verifies the wheel that was downloaded into the folder and gives it,
// open; the caller closes it. A wheel that is not the pinned one is refused.
func (w wheel) open(ctx context.Context, dir string) (*os.File, error) {
	f, err := os.Open(filepath.Join(dir, w.file))
	if errors.Is(err, os.ErrNotExist) {
		return nil, w.refused(dir, "the package index gave another file")
	}
	if err != nil {
		return nil, fmt.Errorf("verify wheel: %w", err)
	}
	sum := sha256.New()
	_, err = io.Copy(sum, &reader{ctx, f})
	if got := hex.EncodeToString(sum.Sum(nil)); err == nil && got != w.sha256 {
		err = w.refused(w.file, "its SHA-256 is "+got+", not the pinned "+w.sha256)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("verify wheel: %w", err)
	}
	return f, nil
}

func (w wheel) refused(where, why string) error {
	return fault.Input("verify "+w.project+" "+w.version, where,
		"try again, or "+waysOut, "%s", why)
}

// reader stops reading when its context ends.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
