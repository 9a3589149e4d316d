package libtorch

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/libtorch/internal/fake"
)

func TestFindCompiler(t *testing.T) {
	o, bin, _ := world(t)
	find := func() (Compiler, error) { return FindCompiler(t.Context(), o.Wait) }
	if c, err := find(); fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), "apt-get install g++") {
		t.Errorf("without a compiler: %+v, %v", c, err)
	}
	const good = `[ "$1" = --version ] && { echo "$0 12.2"; echo more; exit; }; grep=; while read -r line; do case $line in *C++17*) exit 0 ;; esac; done; exit 1`
	script(t, bin, "clang++", good)
	if c, err := find(); err != nil || c.Default || c.Command[0] != "clang++" || c.C[0] != "clang" || !strings.HasSuffix(c.Version, "clang++ 12.2") {
		t.Errorf("with clang++: %+v, %v", c, err)
	}
	script(t, bin, "g++", `echo "cc1plus: error: unrecognized option -std=c++17" >&2; exit 1`)
	if c, err := find(); err != nil || c.Command[0] != "clang++" {
		t.Errorf("with an old g++ and clang++: %+v, %v", c, err)
	}
	t.Setenv("CXX", "g++ -m64")
	if _, err := find(); err == nil || !strings.Contains(err.Error(), "g++ does not take C++17: cc1plus: error: unrecognized") {
		t.Errorf("with CXX set to an old g++: %v", err)
	}
	script(t, bin, "g++", `[ "$1" = -m64 ] || exit 1; exit 0`)
	if c, err := find(); err != nil || !c.Default || len(c.Command) != 2 {
		t.Errorf("with CXX set: %+v, %v", c, err)
	}
}

func TestDescribe(t *testing.T) {
	o, bin, _ := world(t)
	report := func() (Report, string) {
		t.Helper()
		r := Describe(t.Context())
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		return r, string(b)
	}
	r, text := report()
	if r.Ready || r.Libtorch != nil || r.Compiler != nil || r.Pip != "" || r.GPU.Driver || len(r.Places) != 1 || len(r.Problems) != 1 || len(r.Next) < 2 {
		t.Errorf("on an empty machine: %s", text)
	}
	if r.Folder.Free <= 0 || r.Cache.Free <= 0 || r.OpenFiles <= 0 {
		t.Errorf("room is not known: %s", text)
	}

	script(t, bin, "g++", "exit 0")
	pip(t, bin, t.TempDir())
	r, text = report()
	if r.Ready || r.Compiler == nil || r.Pip != filepath.Join(bin, "python3") || (pinned() != nil && !strings.Contains(r.Next[0], "task libtorch (downloads 543.6 MB")) {
		t.Errorf("with pip: %s", text)
	}

	torch := placeFiles(t, o.cached()+"/torch", fake.Tree(pinnedVersion))
	script(t, bin, "nvidia-smi", `echo "NVIDIA H100, 81559 MiB, 550.54"; echo "NVIDIA L4, 23034 MiB, 550.54"`)
	script(t, bin, "go", `echo go version go1.26.0 linux/amd64`)
	r, text = report()
	if !r.Ready || r.Libtorch.Torch != torch || r.Next[0] != "task build" || r.Go != "go version go1.26.0 linux/amd64" {
		t.Errorf("with libtorch: %s", text)
	}
	if len(r.GPU.Devices) != 2 || r.GPU.Torch || !strings.Contains(text, "to use the GPU: pip install torch") {
		t.Errorf("with a GPU: %s", text)
	}

	t.Setenv("LIBTORCH", t.TempDir())
	r, text = report()
	if r.Ready || r.Libtorch != nil || !strings.HasPrefix(r.Next[0], "unset LIBTORCH") || !strings.Contains(text, "cannot use ") {
		t.Errorf("with a LIBTORCH that cannot be used: %s", text)
	}
	t.Setenv("PCCLIP_CACHE", "")
	t.Setenv("HOME", "")
	t.Setenv("XDG_CACHE_HOME", "")
	if r, text = report(); r.Ready || !strings.Contains(text, "set PCCLIP_CACHE") {
		t.Errorf("without a home: %s", text)
	}
}
