package libtorch

import (
	"context"
	"debug/elf"
	"errors"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/libtorch/internal/fake"
)

func TestFindTakesPlacesInOrder(t *testing.T) {
	o, bin, _ := world(t)
	ctx := t.Context()
	want := func(source Source, torch, version string) {
		t.Helper()
		in, err := Find(ctx, o)
		if err != nil || in.Source != source || in.Torch != torch || in.Version.String() != version {
			t.Fatalf("Find = %+v, %v; want %s %s at %s", in, err, version, source, torch)
		}
	}
	if in, err := Find(ctx, o); !errors.Is(err, ErrNotFound) || fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), "LIBTORCH") {
		t.Fatalf("on an empty machine: %+v, %v", in, err)
	}
	cached := placeFiles(t, filepath.Join(o.Cache, "libtorch", pinnedVersion, "torch"), fake.Tree(pinnedVersion))
	want(FromCache, cached, pinnedVersion)

	second := placeFiles(t, t.TempDir(), fake.Tree("2.9.1"))
	python(t, bin, "python", second)
	want(FromPython, second, "2.9.1")
	first := placeFiles(t, t.TempDir(), fake.Tree("2.8.0+cpu"))
	python(t, bin, "python3", first)
	want(FromPython, first, "2.8.0+cpu")

	conda := t.TempDir()
	python(t, filepath.Join(conda, "bin"), "python", second)
	t.Setenv("CONDA_PREFIX", conda)
	want(FromPython, second, "2.9.1")
	venv := t.TempDir()
	active := placeFiles(t, t.TempDir(), fake.Tree("2.7.0"))
	python(t, filepath.Join(venv, "bin"), "python", active)
	t.Setenv("VIRTUAL_ENV", venv)
	want(FromPython, active, "2.7.0")
	named := placeFiles(t, t.TempDir(), fake.Tree("2.5.1"))
	o.Python = python(t, t.TempDir(), "mine", named)
	want(FromPython, named, "2.5.1")

	o.Given = placeFiles(t, t.TempDir(), fake.Tree("2.3.0"))
	want(FromGiven, o.Given, "2.3.0")
}

func TestFindSkipsAndSays(t *testing.T) {
	o, bin, said := world(t)
	placeFiles(t, filepath.Join(o.Cache, "libtorch", pinnedVersion, "torch"), fake.Tree(pinnedVersion))
	python(t, bin, "python3", placeFiles(t, t.TempDir(), fake.Tree("1.13.1")))
	script(t, bin, "python", "echo what do you mean")
	o.Python = filepath.Join(bin, "nowhere")
	venv := t.TempDir()
	script(t, filepath.Join(venv, "bin"), "python", "echo 'Traceback' >&2; echo 'ImportError: broken' >&2; exit 1")
	t.Setenv("VIRTUAL_ENV", venv)
	in, err := Find(t.Context(), o)
	if err != nil || in.Source != FromCache {
		t.Fatalf("Find = %+v, %v", in, err)
	}
	all := strings.Join(*said, "\n")
	for _, part := range []string{"nowhere (python): cannot be run", "ImportError: broken", "1.13.1 is outside 2.1 to 2.14", "read its answer"} {
		if strings.Count(all, part) != 1 {
			t.Errorf("%q is not said once in:\n%s", part, all)
		}
	}
	if len(*said) != 4 {
		t.Errorf("%d lines said, want 4:\n%s", len(*said), all)
	}
}

func TestFindDoesNotPassOverGiven(t *testing.T) {
	o, _, _ := world(t)
	placeFiles(t, filepath.Join(o.Cache, "libtorch", pinnedVersion, "torch"), fake.Tree(pinnedVersion))
	for given, part := range map[string]string{
		filepath.Join(t.TempDir(), "nowhere"):                  "is not a folder",
		placeFiles(t, t.TempDir(), fake.Tree("2.15.0")):        "2.15.0 is outside 2.1 to 2.14",
		placeFiles(t, t.TempDir(), map[string][]byte{"a": {}}): "include/ATen/ATen.h is missing",
	} {
		o.Given = given
		_, err := Find(t.Context(), o)
		if fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), part) || !strings.Contains(err.Error(), given) {
			t.Errorf("with $LIBTORCH %s: %v; want %q", given, err, part)
		}
	}
}

func TestFindGivesUpOnSilentPython(t *testing.T) {
	o, bin, said := world(t)
	script(t, bin, "python3", "exec /bin/sleep 60")
	o.Wait = 200 * time.Millisecond
	if _, err := Find(t.Context(), o); !errors.Is(err, ErrNotFound) {
		t.Fatal(err)
	}
	if len(*said) != 1 || !strings.Contains((*said)[0], "no answer within 200ms") {
		t.Errorf("said %q", *said)
	}
	o.Wait = time.Minute
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := Find(ctx, o); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("after the context ended: %v", err)
	}
}

func TestLookNamesWhatIsWrong(t *testing.T) {
	o, _, _ := world(t)
	other := elf.EM_AARCH64
	if runtime.GOARCH == "arm64" {
		other = elf.EM_X86_64
	}
	for name, c := range map[string]struct {
		file string
		data []byte
		want string // "" for nothing wrong
	}{
		"fine":             {"lib/libtorch_cpu.so", fake.Library{Needed: []string{"libc10.so"}}.Bytes(), ""},
		"needs a stranger": {"lib/libtorch_cpu.so", fake.Library{Needed: []string{"libstrange.so.7"}}.Bytes(), "libtorch_cpu.so needs libstrange.so.7, which is neither beside it nor on this system"},
		"stranger's need":  {"lib/libtorch_cpu.so", fake.Library{Needed: []string{"libdeep.so.1"}, RPath: "/nowhere:$ORIGIN/../../nvidia/cu13/lib"}.Bytes(), "libdeep.so.1 needs libdeeper.so.1"},
		"braces":           {"lib/libtorch_cpu.so", fake.Library{Needed: []string{"libdeep.so.1"}, RPath: "${ORIGIN}/../../nvidia/cu13/lib"}.Bytes(), "libdeep.so.1 needs libdeeper.so.1"},
		"other machine":    {"lib/libc10.so", fake.Library{Machine: other}.Bytes(), "libc10.so is for " + other.String()},
		"no library":       {"lib/libc10.so", []byte("hello"), "read shared library"},
		"no header":        {"include/torch/headeronly/version.h", nil, "three numbers"},
	} {
		dir := filepath.Join(t.TempDir(), "torch")
		placeFiles(t, dir, fake.Tree("2.11.0"))
		placeFiles(t, dir, map[string][]byte{
			c.file: c.data, "../nvidia/cu13/lib/libdeep.so.1": fake.Library{Needed: []string{"libdeeper.so.1"}}.Bytes(),
		})
		_, problems := o.look(t.Context(), dir, FromGiven)
		if all := strings.Join(problems, "\n"); (c.want == "") != (all == "") || !strings.Contains(all, c.want) {
			t.Errorf("%s: problems %q, want %q", name, problems, c.want)
		}
	}
}

func TestLookSeesABIAndGPU(t *testing.T) {
	o, _, _ := world(t)
	dir := placeFiles(t, t.TempDir(), fake.Tree("2.4.0"))
	in, problems := o.look(t.Context(), dir, FromGiven)
	if in.OldABI || in.CUDA || len(problems) > 0 {
		t.Errorf("new ABI, no GPU: %+v %v", in, problems)
	}
	placeFiles(t, dir, map[string][]byte{
		"lib/libc10.so":        fake.Library{Symbols: []string{"_ZN3c103FooENSt7__cxx1112basic_stringIcEE", fake.OldABI}}.Bytes(),
		"lib/libtorch_cuda.so": {},
	})
	in, problems = o.look(t.Context(), dir, FromGiven)
	if !in.OldABI || !in.CUDA || len(problems) > 0 {
		t.Errorf("old ABI and GPU: %+v %v", in, problems)
	}
}

// TestQuestion asks a real Python, from a working folder that has a package
// named torch.
func TestQuestion(t *testing.T) {
	path, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 here")
	}
	site := t.TempDir()
	placeFiles(t, site, map[string][]byte{"torch/__init__.py": []byte("raise ImportError('not to be imported')\n")})
	here := t.TempDir()
	placeFiles(t, here, map[string][]byte{"torch/__init__.py": {}})
	t.Chdir(here)
	o := DefaultOptions()
	t.Setenv("PYTHONPATH", site)
	if got, err := o.torchOf(t.Context(), path); err != nil || got != filepath.Join(site, "torch") {
		t.Errorf("with torch in %s: %q, %v", site, got, err)
	}
	t.Setenv("PYTHONPATH", "")
	if got, err := o.torchOf(t.Context(), path); err != nil || strings.HasPrefix(got, here) {
		t.Errorf("with a package named torch in the working folder: %q, %v", got, err)
	}
}
