package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/libtorch/internal/fake"
)

// machine makes an empty machine: a cache folder, a checkout as the working
// folder, and a folder of commands.
func machine(t *testing.T) (bin, cache, checkout string) {
	t.Helper()
	if runtime.GOOS != "linux" || fake.Machines[runtime.GOARCH] == 0 {
		t.Skip("the made-up libraries are for Linux on amd64 and arm64")
	}
	bin, cache, checkout = t.TempDir(), t.TempDir(), t.TempDir()
	t.Setenv("PATH", bin)
	t.Setenv("PCCLIP_CACHE", cache)
	for _, name := range []string{"LIBTORCH", "PYTHON", "VIRTUAL_ENV", "CONDA_PREFIX", "CXX", "LD_LIBRARY_PATH"} {
		t.Setenv(name, "")
	}
	place(t, filepath.Join(checkout, "go.mod"), "module m\n", 0o644)
	inner := filepath.Join(checkout, "inner")
	if err := os.Mkdir(inner, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(inner)
	return bin, cache, checkout
}

func place(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// call runs the command.
func call(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, &out, &errs)
	return code, out.String(), errs.String()
}

func TestSetupSaysWhatIsMissing(t *testing.T) {
	bin, _, checkout := machine(t)
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"--check", fault.Incomplete, "no usable libtorch"},
		{"", fault.Usage, "install one (Debian, Ubuntu: apt-get install g++"},
		{"--wrong", fault.Usage, "not defined: -wrong"},
		{"more", fault.Usage, `unexpected argument "more"`},
		{"--help", 0, "-no-fetch"},
	} {
		code, out, errs := call(t, strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(out+errs, c.want) {
			t.Errorf("setup %s: exit code %d, want %d with %q:\n%s%s", c.args, code, c.code, c.want, out, errs)
		}
	}
	if code, out, errs := call(t, "--check"); strings.Count(out, "\n") != 1 || errs != "" {
		t.Errorf("--check: exit code %d, printed %q and %q", code, out, errs)
	}
	place(t, filepath.Join(bin, "g++"), "#!/bin/sh\n", 0o755)
	if code, out, errs := call(t, "--no-fetch"); code != fault.Usage || out != "" || !strings.Contains(errs, "no usable libtorch") {
		t.Errorf("--no-fetch: exit code %d, printed %q and %q", code, out, errs)
	}
	// Nothing to fetch with: no Python, or no pinned files for this machine.
	code, _, errs := call(t)
	if code != fault.Usage || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, "pip install torch") {
		t.Errorf("without pip: exit code %d, printed %q", code, errs)
	}
	if _, err := os.Stat(filepath.Join(checkout, envName)); err == nil {
		t.Error("an environment file is there without a libtorch")
	}
}

func TestSetupTwice(t *testing.T) {
	bin, cache, checkout := machine(t)
	place(t, filepath.Join(bin, "g++"), "#!/bin/sh\n", 0o755)
	torch := filepath.Join(cache, "libtorch", "2.11.0", "torch")
	for name, data := range fake.Tree("2.11.0") {
		place(t, filepath.Join(torch, name), string(data), 0o644)
	}
	if code, out, _ := call(t, "--check"); code != 0 || out != "libtorch 2.11.0 (cache, CPU) at "+torch+"\n" {
		t.Errorf("--check: exit code %d, printed %q", code, out)
	}
	env := filepath.Join(checkout, envName)
	if _, err := os.Stat(env); err == nil {
		t.Error("--check wrote the environment file")
	}
	code, out, errs := call(t)
	if code != 0 || errs != "" || !strings.HasPrefix(out, "libtorch 2.11.0 (cache, CPU) at "+torch+"; env in ") || strings.Count(out, "\n") != 2 {
		t.Errorf("first time: exit code %d, printed %q and %q", code, out, errs)
	}
	before, err := os.ReadFile(env)
	if err != nil || !strings.Contains(string(before), `LIBTORCH="`+torch+`"`) {
		t.Fatalf("environment file: %v\n%s", err, before)
	}
	if code, out, errs = call(t); code != 0 || errs != "" || strings.Count(out, "\n") != 1 {
		t.Errorf("second time: exit code %d, printed %q and %q", code, out, errs)
	}
	var d done
	other := filepath.Join(t.TempDir(), "other.env")
	if code, out, _ = call(t, "--json", "--env", other); code != 0 {
		t.Errorf("--json: exit code %d", code)
	}
	if err := json.Unmarshal([]byte(out), &d); err != nil || d.Install.Torch != torch || d.EnvFile != other || !d.Changed || d.Env["CGO_ENABLED"] != "1" {
		t.Errorf("--json printed %s: %v", out, err)
	}
	if after, err := os.ReadFile(other); err != nil || string(after) != string(before) {
		t.Errorf("the environment file differs by its place: %v\n%s", err, after)
	}
}

func TestSetupInterrupted(t *testing.T) {
	bin, _, _ := machine(t)
	place(t, filepath.Join(bin, "g++"), "#!/bin/sh\n", 0o755)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	if code := run(ctx, nil, &out, &errs); code != fault.Interrupted || !strings.Contains(errs.String(), "starts again") {
		t.Errorf("exit code %d, printed %q and %q", code, out.String(), errs.String())
	}
}

func TestScreen(t *testing.T) {
	var b bytes.Buffer
	s := newScreen(&b)
	for i := int64(0); i <= 100; i++ {
		s.progress(i*1e6, 100e6)
	}
	if n := strings.Count(b.String(), "\n"); n != 10 {
		t.Errorf("%d lines of progress, want 10:\n%s", n, b.String())
	}
	b.Reset()
	s.terminal = true
	s.progress(5e6, 100e6)
	s.progress(50e6, 100e6)
	s.say("unpacking")
	if want := "\rlibtorch:   5.0 of 100.0 MB (5%) \rlibtorch:  50.0 of 100.0 MB (50%) \nlibtorch: unpacking\n"; b.String() != want {
		t.Errorf("a terminal gets %q, want %q", b.String(), want)
	}
}
