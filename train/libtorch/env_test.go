package libtorch

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pcclip/pcclip/shards/fault"
)

var gnu = Compiler{Command: []string{"g++"}, Default: true}

// home is an install as the cache of a user has it.
func home() Install {
	o := Options{Cache: "/home/me/.cache/pcclip"}
	in := Install{Source: FromCache, Torch: filepath.Join(o.cached(), "torch"), Version: Version{2, 11, 0, ""}}
	in.Build = o.buildFolder(in)
	return in
}

// TestEnvText compares with a file that is right for a Linux machine, byte by
// byte: compiled objects are found again by these texts.
func TestEnvText(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the golden file is for Linux")
	}
	want, err := os.ReadFile("testdata/cache.env")
	if err != nil {
		t.Fatal(err)
	}
	vars, err := Env(home(), gnu)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), EnvText(vars)); diff != "" {
		t.Errorf("environment differs (-want +got):\n%s", diff)
	}
}

func TestEnvOfOtherInstalls(t *testing.T) {
	in := home()
	in.OldABI = true
	vars, err := Env(in, Compiler{Command: []string{"clang++"}, C: []string{"clang"}})
	if err != nil {
		t.Fatal(err)
	}
	text := EnvText(vars)
	for _, part := range []string{"compat.h -D_GLIBCXX_USE_CXX11_ABI=0\"\n", "\nCC=\"clang\"\n", "\nCXX=\"clang++\"\n"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in\n%s", part, text)
		}
	}
	for _, bad := range []string{`/a"b`, "/a'b", "/a$b", "/a,b", "/a\\b", "/a`b", "/a\nb"} {
		in.Torch = bad
		if _, err := Env(in, gnu); fault.ExitCode(err) != fault.Usage {
			t.Errorf("path %q: %v", bad, err)
		}
	}
}

// TestEnvIsSourced sources the file in a shell, paths with spaces included.
func TestEnvIsSourced(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell here")
	}
	in := home()
	in.Torch = "/home/my self/torch"
	vars, err := Env(in, gnu)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "env")
	for i, want := range []bool{true, false} {
		if changed, err := WriteEnv(path, vars); err != nil || changed != want {
			t.Errorf("write %d: changed %v, %v", i, changed, err)
		}
	}
	for _, v := range vars {
		out, err := exec.Command(sh, "-c", `. "$0"; printf %s "$`+v.Name+`"`, path).Output()
		if err != nil || string(out) != v.Value {
			t.Errorf("a shell reads %s as %q, %v; want %q", v.Name, out, err, v.Value)
		}
		if v.Name == "CGO_CXXFLAGS" && !strings.Contains(v.Value, "-isystem '/home/my self/torch/include' ") {
			t.Errorf("a path with a space is not quoted in %s", v.Value)
		}
	}
	if left := listing(t, filepath.Dir(path)); len(left) != 1 {
		t.Errorf("left over beside the file: %q", left)
	}
	if _, err := WriteEnv(filepath.Join(path, "x"), vars); fault.ExitCode(err) != fault.Usage {
		t.Errorf("a file that cannot be written: %v", err)
	}
}

func TestBuildFolder(t *testing.T) {
	o := Options{Cache: "/c"}
	at := func(torch string, v Version) string { return o.buildFolder(Install{Torch: torch, Version: v}) }
	now := Version{2, 11, 0, "+cu130"}
	seen := map[string]bool{}
	for _, folder := range []string{
		at("/c/libtorch/2.11.0/torch", now), at("/usr/lib/torch", now), at("/usr/lib/torch", Version{2, 12, 0, ""}), at("/opt/torch", now),
	} {
		if seen[folder] || !strings.HasPrefix(folder, "/c/libtorch/") {
			t.Errorf("build folder %s is used twice or not in the cache", folder)
		}
		seen[folder] = true
	}
	if got := at("/c/libtorch/2.11.0/torch", now); got != "/c/libtorch/2.11.0/build" {
		t.Errorf("build folder of the cache is %s", got)
	}
}

func TestPrepare(t *testing.T) {
	in := Install{Build: filepath.Join(t.TempDir(), "a", "build")}
	if err := Prepare(in); err != nil {
		t.Fatal(err)
	}
	files := listing(t, in.Build)
	if len(files) != 1+len(stubs) {
		t.Errorf("build folder has %q", files)
	}
	before := stamps(t, in.Build, files)
	if err := Prepare(in); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, stamps(t, in.Build, files)); diff != "" {
		t.Errorf("a second Prepare wrote again:\n%s", diff)
	}
	if err := os.WriteFile(filepath.Join(in.Build, "compat.h"), []byte("spoiled"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Prepare(in); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(in.Build, "compat.h")); err != nil || string(text) != string(compat) {
		t.Errorf("a spoiled header stays: %v", err)
	}
	blocked := Install{Build: filepath.Join(in.Build, "compat.h", "build")}
	if err := Prepare(blocked); fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), "PCCLIP_CACHE") {
		t.Errorf("a folder that cannot be made: %v", err)
	}
}

// stamps gives the identity of each file: writing aside and renaming changes it.
func stamps(t *testing.T, dir string, files []string) map[string]string {
	t.Helper()
	got := map[string]string{}
	for _, name := range files {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		got[name] = info.ModTime().String()
	}
	return got
}
