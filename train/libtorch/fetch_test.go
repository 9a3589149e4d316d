package libtorch

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/libtorch/internal/fake"
)

// index makes three wheels in the layout of the real ones, with more in them
// than is needed, and a Python whose pip serves them.
func index(t *testing.T, bin string) (dir string, wheels []wheel) {
	t.Helper()
	dir = t.TempDir()
	files := map[string][]byte{"torch/__init__.py": {}, "torch/bin/protoc": {}}
	for name, data := range fake.Tree(pinnedVersion) {
		files["torch/"+name] = data
	}
	files["torch/lib/libtorch_cpu.so"] = fake.Library{
		Needed: []string{"libc10.so", "libgomp-a34b3233.so.1", "libcupti.so.13", "libcudart.so.13", "libc.so.6"},
		RPath:  "$ORIGIN/../../nvidia/cu13/lib:$ORIGIN",
	}.Bytes()
	for _, name := range []string{"libgomp-a34b3233.so.1", "libtorch_python.so", "libtorch_cuda.so"} {
		files["torch/lib/"+name] = fake.Library{}.Bytes()
	}
	wheels = []wheel{
		makeWheel(t, dir, "nvidia-cuda-runtime", "13.0.96", map[string][]byte{
			"nvidia/cu13/lib/libcudart.so.13": fake.Library{}.Bytes(), "nvidia/cu13/include/cuda.h": {},
		}),
		makeWheel(t, dir, "nvidia-cuda-cupti", "13.0.85", map[string][]byte{
			"nvidia/cu13/lib/libcupti.so.13": fake.Library{}.Bytes(), "nvidia/cu13/lib/libnvperf_host.so": {},
		}),
		makeWheel(t, dir, "torch", pinnedVersion, files),
	}
	pip(t, bin, dir)
	return dir, wheels
}

// leftovers gives what lies in the cache folder beside the lock file.
func leftovers(t *testing.T, o Options) []string {
	t.Helper()
	return slices.DeleteFunc(listing(t, o.root()), func(name string) bool { return name == ".lock" })
}

func TestFetchTakesWhatIsNeeded(t *testing.T) {
	o, bin, said := world(t)
	dir, wheels := index(t, bin)
	in, err := o.fetch(t.Context(), wheels)
	if err != nil {
		t.Fatal(err)
	}
	if in.Source != FromCache || in.Version.String() != pinnedVersion || in.Build != filepath.Join(o.Cache, "libtorch/2.11.0/build") {
		t.Errorf("fetched %+v", in)
	}
	want := []string{
		"2.11.0/nvidia/cu13/lib/libcudart.so.13", "2.11.0/nvidia/cu13/lib/libcupti.so.13",
		"2.11.0/torch/include/ATen/ATen.h", "2.11.0/torch/include/torch/csrc/api/include/torch/torch.h", "2.11.0/torch/include/torch/headeronly/version.h",
		"2.11.0/torch/lib/libc10.so", "2.11.0/torch/lib/libgomp-a34b3233.so.1", "2.11.0/torch/lib/libtorch_cpu.so",
	}
	if got := leftovers(t, o); !slices.Equal(got, want) {
		t.Errorf("the cache has\n%q, want\n%q", got, want)
	}
	if all := strings.Join(*said, "\n"); !strings.Contains(all, "3 files, "+megabytes(totalSize(wheels))) {
		t.Errorf("the size is not said: %q", all)
	}
	found, err := Find(t.Context(), o)
	if err != nil || found != in {
		t.Errorf("Find after Fetch = %+v, %v; want %+v", found, err, in)
	}
	before := asked(t, dir)
	if len(before) != 3 || !strings.Contains(before[0], "--only-binary=:all:") || !strings.Contains(before[0], "--no-deps") {
		t.Errorf("pip was called as %q", before)
	}
	if again, err := o.fetch(t.Context(), wheels); err != nil || again != in || len(asked(t, dir)) != 3 {
		t.Errorf("a second Fetch = %+v, %v, with %d calls of pip", again, err, len(asked(t, dir))-3)
	}
}

func asked(t *testing.T, dir string) []string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "calls.txt"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(b)), "\n")
}

func TestFetchReplacesBrokenTree(t *testing.T) {
	o, bin, _ := world(t)
	_, wheels := index(t, bin)
	placeFiles(t, o.root(), map[string][]byte{"2.11.0/torch/lib/libc10.so": {}, ".fetching/tree/old": {}, ".fetching/wheels/torch.whl": {}})
	if _, err := o.fetch(t.Context(), wheels); err != nil {
		t.Fatal(err)
	}
	if got := leftovers(t, o); len(got) != 8 {
		t.Errorf("the cache has %q", got)
	}
}

func TestFetchRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(t *testing.T, bin, dir string, wheels []wheel) []wheel
		want   string
		code   int
	}{
		"changed wheel": {func(t *testing.T, _, dir string, w []wheel) []wheel {
			placeFiles(t, dir, map[string][]byte{w[2].file: []byte("something else")})
			return w
		}, "not the pinned " /* sum */, fault.Usage},
		"other build of it": {func(t *testing.T, _, dir string, w []wheel) []wheel {
			if err := os.Rename(filepath.Join(dir, w[2].file), filepath.Join(dir, "torch-2.11.0+cpu-py3-none-any.whl")); err != nil {
				t.Fatal(err)
			}
			return w
		}, "gave another file", fault.Usage},
		"wheel not there": {func(_ *testing.T, _, _ string, w []wheel) []wheel {
			return append(w, wheel{project: "absent", version: "1.0"})
		}, "pip: Could not find absent==1.0 at https://***@index.example/simple; check the network", fault.Usage},
		"no pip": {func(t *testing.T, bin, _ string, w []wheel) []wheel {
			python(t, bin, "python3", "")
			return w
		}, "no Python on PATH has it; install it (Debian, Ubuntu: apt-get install python3-pip)", fault.Usage},
		"no Python": {func(t *testing.T, bin, _ string, w []wheel) []wheel {
			if err := os.Remove(filepath.Join(bin, "python3")); err != nil {
				t.Fatal(err)
			}
			return w
		}, "no Python is on PATH", fault.Usage},
		"other platform": {func(*testing.T, string, string, []wheel) []wheel { return nil }, "linux/amd64 only; set LIBTORCH", fault.Usage},
		"old system": {func(t *testing.T, bin, _ string, w []wheel) []wheel {
			script(t, bin, "getconf", "echo glibc 2.17")
			return w
		}, "need glibc 2.28, this system has glibc 2.17", fault.Usage},
		"no room": {func(_ *testing.T, _, _ string, w []wheel) []wheel {
			w[0].size = 1 << 60
			return w
		}, "set PCCLIP_CACHE to a folder on another disk", fault.Usage},
		"zip slip": {func(t *testing.T, _, dir string, w []wheel) []wheel {
			w[0] = makeWheel(t, dir, "nvidia-cuda-runtime", "13.0.96", map[string][]byte{"torch/include/../../../evil.h": {}})
			return w
		}, `"torch/include/../../../evil.h" points outside its folder`, fault.Failed},
		"absolute path": {func(t *testing.T, _, dir string, w []wheel) []wheel {
			w[0] = makeWheel(t, dir, "nvidia-cuda-runtime", "13.0.96", map[string][]byte{"/torch/include/evil.h": {}})
			return w
		}, "points outside its folder", fault.Failed},
		"library missing": {func(t *testing.T, _, dir string, w []wheel) []wheel {
			w[0] = makeWheel(t, dir, "nvidia-cuda-runtime", "13.0.96", map[string][]byte{"nvidia/readme": {}})
			return w
		}, "libtorch_cpu.so needs libcudart.so.13", fault.Usage},
		"no libraries": {func(t *testing.T, _, dir string, w []wheel) []wheel {
			w[2] = makeWheel(t, dir, "torch", pinnedVersion, map[string][]byte{"torch/readme": {}})
			return w
		}, "it has no torch/lib/libtorch_cpu.so", fault.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			o, bin, _ := world(t)
			dir, wheels := index(t, bin)
			_, err := o.fetch(t.Context(), c.change(t, bin, dir, wheels))
			if err == nil || !strings.Contains(err.Error(), c.want) || fault.ExitCode(err) != c.code || strings.Contains(err.Error(), "secret") {
				t.Errorf("error %v (exit code %d), want %q (%d)", err, fault.ExitCode(err), c.want, c.code)
			}
			if left := leftovers(t, o); len(left) > 0 {
				t.Errorf("left over: %q", left)
			}
		})
	}
}

func TestFetchInterrupted(t *testing.T) {
	o, bin, _ := world(t)
	dir, wheels := index(t, bin)
	whole := script(t, bin, "whole", "")
	if err := os.Rename(filepath.Join(bin, "python3"), whole); err != nil {
		t.Fatal(err)
	}
	started := filepath.Join(dir, "started")
	script(t, bin, "python3", `
case "$*" in
*" torch=="*) echo half >"$TMPDIR/torch.whl"; : >'`+started+`'; (while /bin/sleep 0.1; do echo more >"$TMPDIR/torch.whl" || exit; done); exit 1 ;;
*) exec '`+whole+`' "$@" ;;
esac`)
	ctx, cancel := context.WithCancel(t.Context())
	grown := int64(0)
	o.Progress = func(done, total int64) {
		grown = done
		if _, err := os.Stat(started); err == nil {
			cancel()
		}
	}
	if _, err := o.fetch(ctx, wheels); !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted: %v", err)
	}
	if want := wheels[0].size + wheels[1].size; grown < want {
		t.Errorf("progress said %d bytes, of which two wheels are %d", grown, want)
	}
	if left := leftovers(t, o); len(left) > 0 {
		t.Errorf("left over: %q", left)
	}
	if err := os.Rename(whole, filepath.Join(bin, "python3")); err != nil {
		t.Fatal(err)
	}
	if _, err := o.fetch(t.Context(), wheels); err != nil {
		t.Errorf("after an interruption: %v", err)
	}
}

func TestFetchOnlyOnce(t *testing.T) {
	o, bin, _ := world(t)
	dir, wheels := index(t, bin)
	o.Say = nil
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			if _, err := o.fetch(t.Context(), wheels); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := len(asked(t, dir)); n != len(wheels) {
		t.Errorf("pip was called %d times for %d wheels", n, len(wheels))
	}
}

func TestFetchWaitsNoLongerThanItsContext(t *testing.T) {
	o, bin, said := world(t)
	_, wheels := index(t, bin)
	if err := os.MkdirAll(o.root(), 0o755); err != nil {
		t.Fatal(err)
	}
	unlock, err := lock(t.Context(), filepath.Join(o.root(), ".lock"), func() { t.Error("a free lock is waited for") })
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if _, err := o.fetch(ctx, wheels); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("behind another process: %v", err)
	}
	if len(*said) != 1 || !strings.Contains((*said)[0], "another process") {
		t.Errorf("said %q", *said)
	}
}

func TestPinned(t *testing.T) {
	for _, w := range pinned() {
		if len(w.sha256) != 64 || w.size == 0 || !strings.HasPrefix(w.file, strings.ReplaceAll(w.project, "-", "_")+"-"+w.version+"-") || !strings.Contains(w.file, w.platform) {
			t.Errorf("pin %+v does not fit together", w)
		}
	}
}

func TestLastWords(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "",
		"a\nb\n\n":                     "b",
		"ERROR: no\nhint: look at it":  "ERROR: no",
		"x\nhttps://u:p@h/ and more\n": "https://***@h/ and more",
	} {
		if got := lastWords(text); got != want {
			t.Errorf("lastWords(%q) = %q, want %q", text, got, want)
		}
	}
	if got := lastWords(strings.Repeat("é", 1000)); len(got) > 310 {
		t.Errorf("a long line stays %d bytes long", len(got))
	}
}
