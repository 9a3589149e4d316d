package libtorch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// Source is a kind of place where libtorch is looked for.
type Source string

// The places, in the order in which they are looked at.
const (
	FromGiven  Source = "LIBTORCH"
	FromPython Source = "python"
	FromCache  Source = "cache"
)

// Install is a libtorch that can be built against.
type Install struct {
	Source  Source  `json:"source"`
	Torch   string  `json:"torch"`             // the folder with include/ and lib/, absolute
	Version Version `json:"version"`           //
	OldABI  bool    `json:"old_abi,omitempty"` // compiled with the C++ library's ABI of before C++11
	CUDA    bool    `json:"cuda"`              // libtorch_cuda is in lib/: a GPU can be used
	Build   string  `json:"build"`             // the build folder, which Prepare fills
}

// Lib gives the folder of the shared libraries.
func (in Install) Lib() string { return filepath.Join(in.Torch, "lib") }

// sharedName gives the file name of a shared library here.
func sharedName(name string) string {
	if runtime.GOOS == "darwin" {
		return "lib" + name + ".dylib"
	}
	return "lib" + name + ".so"
}

// look examines a torch folder: what it is, and everything that keeps it from
// being built against.
func (o Options) look(ctx context.Context, torch string, from Source) (in Install, problems []string) {
	in = Install{Source: from, Torch: torch}
	if info, err := os.Stat(torch); err != nil || !info.IsDir() {
		return in, []string{fmt.Sprintf("%s is not a folder", torch)}
	}
	for _, need := range []string{
		"include/torch/csrc/api/include/torch/torch.h", "include/ATen/ATen.h",
		"lib/" + sharedName("torch_cpu"), "lib/" + sharedName("c10"),
	} {
		if info, err := os.Stat(filepath.Join(torch, need)); err != nil || !info.Mode().IsRegular() {
			problems = append(problems, need+" is missing")
		}
	}
	if len(problems) > 0 {
		return in, problems
	}
	v, err := readVersion(torch)
	if err != nil {
		return in, []string{err.Error()}
	}
	in.Version = v
	if !v.Supported() {
		return in, []string{fmt.Sprintf("version %s is outside %s", v, supportedText)}
	}
	if runtime.GOOS == "linux" {
		problems = append(problems, checkLibraries(ctx, in.Lib())...)
		if in.OldABI, err = oldABI(filepath.Join(in.Lib(), sharedName("c10"))); err != nil {
			problems = append(problems, err.Error())
		}
	}
	if _, err := os.Stat(filepath.Join(in.Lib(), sharedName("torch_cuda"))); err == nil {
		in.CUDA = true
	}
	in.Build = o.buildFolder(in)
	return in, problems
}

// buildFolder gives the build folder of an install. That of the cached version
// lies beside it; for any other it is named after version and place, so that
// another libtorch put in the same place gets other flags and is compiled
// against anew.
func (o Options) buildFolder(in Install) string {
	if in.Torch == filepath.Join(o.cached(), "torch") {
		return filepath.Join(o.cached(), "build")
	}
	sum := sha256.Sum256([]byte(in.Torch))
	return filepath.Join(o.root(), "build", in.Version.String()+"-"+hex.EncodeToString(sum[:8]))
}
