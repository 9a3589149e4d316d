package libtorch

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pcclip/pcclip/shards/fault"
)

// Compiler is a C++ compiler that takes C++17.
type Compiler struct {
	Command []string `json:"command"`     // as the go command is to call it
	Version string   `json:"version"`     // the first line of its --version
	Default bool     `json:"default"`     // the go command finds it without being told
	C       []string `json:"c,omitempty"` // the C compiler that goes with it; empty when Default
}

// probe is a program that only a C++17 compiler with its library takes.
const probe = `#include <optional>
static_assert(__cplusplus >= 201703L, "C++17");
int main() { return std::optional<int>(0).value(); }
`

// compilerHint says what to install.
const compilerHint = "install one (Debian, Ubuntu: apt-get install g++; Fedora: dnf install gcc-c++; macOS: xcode-select --install), or set CXX"

// compilers gives the compilers to try, in order.
func compilers() []Compiler {
	if cxx := strings.Fields(os.Getenv("CXX")); len(cxx) > 0 {
		return []Compiler{{Command: cxx, Default: true}}
	}
	return []Compiler{{Command: []string{"g++"}, Default: true}, {Command: []string{"clang++"}, C: []string{"clang"}}}
}

// FindCompiler gives the C++ compiler that a build would use: $CXX where it is
// set, else g++, else clang++. Each is tried on a small program, which wait
// bounds.
func FindCompiler(ctx context.Context, wait time.Duration) (Compiler, error) {
	var tried []string
	for _, c := range compilers() {
		if _, err := exec.LookPath(c.Command[0]); err != nil {
			tried = append(tried, c.Command[0]+" is not on PATH")
			continue
		}
		if why := c.try(ctx, wait); why != "" {
			tried = append(tried, c.Command[0]+" "+why)
			continue
		}
		version, _ := ask(ctx, wait, "", c.Command[0], slices.Concat(c.Command[1:], []string{"--version"})...)
		c.Version, _, _ = strings.Cut(version, "\n")
		return c, nil
	}
	if err := ctx.Err(); err != nil {
		return Compiler{}, fmt.Errorf("find a C++ compiler: %w", err)
	}
	return Compiler{}, fault.Input("find a C++ compiler", "", compilerHint, "%s", strings.Join(tried, ", "))
}

// try says what the compiler says against the probe, "" for nothing.
func (c Compiler) try(ctx context.Context, wait time.Duration) string {
	args := slices.Concat(c.Command[1:], []string{"-std=c++17", "-fsyntax-only", "-x", "c++", "-"})
	if _, err := ask(ctx, wait, probe, c.Command[0], args...); err != nil {
		return "does not take C++17: " + err.Error()
	}
	return ""
}

// compilerFinds tells whether the compiler knows where a system library is:
// on systems that keep theirs in unusual places it is the one to ask.
func compilerFinds(ctx context.Context, library string) bool {
	for _, c := range compilers() {
		path, err := ask(ctx, 10*time.Second, "", c.Command[0], slices.Concat(c.Command[1:], []string{"-print-file-name=" + library})...)
		if err == nil && filepath.IsAbs(path) {
			return true
		}
	}
	return false
}
