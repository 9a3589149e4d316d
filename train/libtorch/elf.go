package libtorch

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// object is what the dynamic loader reads of a shared library.
type object struct {
	path    string
	needed  []string // file names
	search  []string // folders, $ORIGIN replaced
	machine elf.Machine
}

// readObject reads the head of a shared library.
func readObject(path string) (object, error) {
	f, err := elf.Open(path)
	if err != nil {
		return object{}, fmt.Errorf("read shared library %s: %w", path, err)
	}
	defer f.Close()
	o := object{path: path, machine: f.Machine}
	if o.needed, err = f.DynString(elf.DT_NEEDED); err != nil {
		return object{}, fmt.Errorf("read shared library %s: %w", path, err)
	}
	for _, tag := range []elf.DynTag{elf.DT_RPATH, elf.DT_RUNPATH} {
		lists, err := f.DynString(tag)
		if err != nil {
			return object{}, fmt.Errorf("read shared library %s: %w", path, err)
		}
		for _, list := range lists {
			for dir := range strings.SplitSeq(list, ":") {
				dir = strings.NewReplacer("${ORIGIN}", "$ORIGIN").Replace(dir)
				o.search = append(o.search, strings.ReplaceAll(dir, "$ORIGIN", filepath.Dir(path)))
			}
		}
	}
	return o, nil
}

// checkLibraries follows what libtorch's CPU part needs, library by library,
// and names what is neither in its own tree nor on the system: a binary built
// against it would not start.
func checkLibraries(ctx context.Context, lib string) (problems []string) {
	queue := []string{filepath.Join(lib, sharedName("torch_cpu")), filepath.Join(lib, sharedName("c10"))}
	search := []string{lib}
	asked := map[string]bool{}
	var system []string
	for len(queue) > 0 {
		o, err := readObject(queue[0])
		queue = queue[1:]
		if err != nil {
			problems = append(problems, err.Error())
			continue
		}
		if want, known := machines[runtime.GOARCH]; known && o.machine != want {
			problems = append(problems, fmt.Sprintf("%s is for %v, this machine is %v", filepath.Base(o.path), o.machine, want))
			continue
		}
		// Old-style search paths hold for what a library loads, too.
		search = append(search, o.search...)
		for _, name := range o.needed {
			if asked[name] {
				continue
			}
			asked[name] = true
			if path, ok := find(name, search); ok {
				queue = append(queue, path)
				continue
			}
			if system == nil {
				system = systemFolders()
			}
			if _, ok := find(name, system); !ok && !compilerFinds(ctx, name) {
				problems = append(problems, fmt.Sprintf("%s needs %s, which is neither beside it nor on this system", filepath.Base(o.path), name))
			}
		}
	}
	return problems
}

var machines = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}

// find gives the first of the folders' files of this name.
func find(name string, folders []string) (string, bool) {
	for _, dir := range folders {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, true
		}
	}
	return "", false
}

// systemFolders gives the folders in which the dynamic loader looks by itself.
func systemFolders() []string {
	var dirs []string
	for dir := range strings.SplitSeq(os.Getenv("LD_LIBRARY_PATH"), ":") {
		if dir != "" {
			dirs = append(dirs, dir)
		}
	}
	dirs = append(dirs, configured("/etc/ld.so.conf", 0)...)
	dirs = append(dirs, "/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib")
	for _, pattern := range []string{"/lib/*-linux-gnu", "/usr/lib/*-linux-gnu"} {
		found, _ := filepath.Glob(pattern) // the pattern is a good one
		dirs = append(dirs, found...)
	}
	return slices.Compact(dirs)
}

// configured reads the folders of a loader configuration, includes followed
// a few levels down.
func configured(path string, depth int) (dirs []string) {
	text, err := os.ReadFile(path)
	if err != nil || depth > 4 {
		return nil
	}
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		if pattern, ok := strings.CutPrefix(line, "include "); ok {
			pattern = strings.TrimSpace(pattern)
			if !filepath.IsAbs(pattern) {
				pattern = filepath.Join(filepath.Dir(path), pattern)
			}
			files, _ := filepath.Glob(pattern)
			for _, f := range files {
				dirs = append(dirs, configured(f, depth+1)...)
			}
		} else if filepath.IsAbs(line) {
			dirs = append(dirs, line)
		}
	}
	return dirs
}

// oldABI tells from the symbols of libc10 whether libtorch was compiled with
// the C++ library's ABI of before C++11, in which std::string has another name.
// PyTorch's Linux wheels changed over between 2.6 and 2.7, not all at once.
func oldABI(c10 string) (bool, error) {
	f, err := elf.Open(c10)
	if err != nil {
		return false, fmt.Errorf("read shared library %s: %w", c10, err)
	}
	defer f.Close()
	symbols, err := f.DynamicSymbols()
	if err != nil && !errors.Is(err, elf.ErrNoSymbols) {
		return false, fmt.Errorf("read symbols of %s: %w", c10, err)
	}
	// The constructor c10::Error(SourceLocation, std::string), in every version.
	const constructor = "_ZN3c105ErrorC1ENS_14SourceLocationE"
	for _, s := range symbols {
		if s.Section != elf.SHN_UNDEF && s.Name == constructor+"Ss" {
			return true, nil
		}
	}
	return false, nil
}
