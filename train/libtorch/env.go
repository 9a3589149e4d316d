package libtorch

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/pcclip/pcclip/shards/fault"
)

// Var is one variable of the build's environment.
type Var struct {
	Name, Value string
}

// Env gives the variables with which the go command builds against an install
// with this compiler, in the order of the file. Paths that cannot be written
// down for the go command, a shell and a dotenv reader alike are refused.
func Env(in Install, c Compiler) ([]Var, error) {
	for _, path := range []string{in.Torch, in.Build} {
		if i := strings.IndexAny(path, "\"'`$\\,\n\r"); i >= 0 {
			return nil, fault.Input("write build flags", path, "move it to a path of plain letters", "the character %q cannot stand in compiler flags", path[i])
		}
	}
	include := filepath.Join(in.Torch, "include")
	cxx := []string{
		"-std=c++17", "-O2", "-w", "-isystem", include, "-isystem", filepath.Join(include, "torch/csrc/api/include"),
		"-include", filepath.Join(in.Build, "compat.h"),
	}
	if in.OldABI {
		cxx = append(cxx, "-D_GLIBCXX_USE_CXX11_ABI=0")
	}
	vars := []Var{{"LIBTORCH", in.Torch}, {"CGO_ENABLED", "1"}}
	if !c.Default {
		vars = append(vars, Var{"CC", fields(c.C)}, Var{"CXX", fields(c.Command)})
	}
	return append(vars, Var{"CGO_CXXFLAGS", fields(cxx)}, Var{"CGO_CFLAGS", "-O2 -w"}, Var{"CGO_LDFLAGS", fields(linkFlags(in))}), nil
}

// linkFlags puts the stubs before libtorch's own folder, so that the binary
// depends on its CPU part alone; the GPU part is loaded at run time.
func linkFlags(in Install) []string {
	stubs, lib := "-L"+filepath.Join(in.Build, "stubs"), "-L"+in.Lib()
	rpath := "-Wl,-rpath," + in.Lib()
	if runtime.GOOS == "darwin" { // its linker has no such options, and needs neither
		return []string{stubs, lib, rpath, "-ltorch_cpu", "-lc10"}
	}
	return []string{"-Wl,--as-needed", stubs, lib, "-Wl,--allow-shlib-undefined", rpath, "-ltorch_cpu", "-lc10"}
}

// fields joins flags as the go command splits them: one with a space is quoted
// as a whole.
func fields(flags []string) string {
	quoted := make([]string, len(flags))
	for i, f := range flags {
		quoted[i] = f
		if strings.ContainsAny(f, " \t") {
			quoted[i] = "'" + f + "'"
		}
	}
	return strings.Join(quoted, " ")
}

// EnvText writes the variables as lines that a shell sources and a dotenv
// reader reads.
func EnvText(vars []Var) string {
	var b strings.Builder
	b.WriteString("# Written by task libtorch, which writes it again when it changes.\n")
	for _, v := range vars {
		fmt.Fprintf(&b, "%s=\"%s\"\n", v.Name, v.Value)
	}
	return b.String()
}

// WriteEnv makes the file hold the variables and tells whether it had to. It
// writes aside and renames.
func WriteEnv(path string, vars []Var) (changed bool, err error) {
	changed, err = writeFile(path, []byte(EnvText(vars)))
	if err != nil {
		return false, &fault.Error{Op: "write build environment", Where: path, Err: err, Hint: "make its folder writable", Code: fault.Usage}
	}
	return changed, nil
}
