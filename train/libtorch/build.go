package libtorch

import (
	_ "embed"
	"os"
	"path/filepath"

	"github.com/pcclip/pcclip/shards/fault"
)

//go:embed compat.h
var compat []byte

// stubs names the libraries that gotch names to the linker unconditionally.
// libtorch.so is among them because it needs libtorch_cuda.so.
var stubs = []string{
	"torch", "torch_cuda", "c10_cuda", "cuda", "cudart", "cublas", "cudnn",
	"caffe2_nvrtc", "nvrtc", "nvrtc-builtins", "nvToolsExt",
}

// emptyArchive is an archive with no members.
const emptyArchive = "!<arch>\n"

// Prepare fills the build folder of an install. Files that are right already
// are not touched.
func Prepare(in Install) error {
	if err := os.MkdirAll(filepath.Join(in.Build, "stubs"), 0o755); err != nil {
		return prepareFault(in, err)
	}
	for _, name := range stubs {
		if _, err := writeFile(filepath.Join(in.Build, "stubs", "lib"+name+".a"), []byte(emptyArchive)); err != nil {
			return prepareFault(in, err)
		}
	}
	if _, err := writeFile(filepath.Join(in.Build, "compat.h"), compat); err != nil {
		return prepareFault(in, err)
	}
	return nil
}

func prepareFault(in Install, err error) error {
	return &fault.Error{
		Op: "prepare build folder", Where: in.Build, Err: err,
		Hint: "make it writable, or set PCCLIP_CACHE to another cache folder", Code: fault.Usage,
	}
}
