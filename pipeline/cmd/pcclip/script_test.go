package main

import (
	"cmp"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/pcclip/pcclip/pipeline/demo/endpoint"
	"github.com/pcclip/pcclip/pipeline/demo/world"
	"github.com/pcclip/pcclip/train/clip"
	"github.com/pcclip/pcclip/train/eval/sets/setstest"
)

// TestMain lets scripts run pcclip as a process of its own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"pcclip": func() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) },
	})
}

func TestScripts(t *testing.T) { testscript.Run(t, params(t, "script")) }

// Scripts find a writer at $WRITER, a server that answers HTML at $HTML, one
// that refuses connections at $REFUSED, a multimodal endpoint at $SEER, a writer
// with a Batch API at $BATCHES, small public image sets under $SETS (for all
// scripts: only to read), and a small world in $WORK/world.
func params(t *testing.T, dir string) testscript.Params {
	writer := httptest.NewServer(endpoint.Handler(world.Writer{Seed: 1}))
	t.Cleanup(writer.Close) // scripts run after this function
	html := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<html><body>It works!</body></html>")
	}))
	t.Cleanup(html.Close)
	batches := httptest.NewServer(newBatcher(endpoint.Handler(world.Writer{Seed: 1})))
	t.Cleanup(batches.Close)
	seer := httptest.NewServer(http.HandlerFunc(see))
	t.Cleanup(seer.Close)
	public := t.TempDir()
	if err := setstest.Write(public); err != nil {
		t.Fatal(err)
	}
	refused := httptest.NewServer(nil)
	refused.Close()
	return testscript.Params{
		Dir: filepath.Join("testdata", dir),
		Setup: func(env *testscript.Env) error {
			env.Setenv("WRITER", writer.URL+"/v1")
			env.Setenv("MODEL", endpoint.WriterModel)
			env.Setenv("HTML", html.URL)
			env.Setenv("BATCHES", batches.URL+"/v1")
			env.Setenv("SEER", seer.URL)
			env.Setenv("REFUSED", refused.URL+"/v1")
			env.Setenv("PYTHON", python())
			env.Setenv("SETS", public)
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("MASTER_PORT", freePort(t))
			splits := []world.Split{{Name: "diff", Count: 40}}
			dir := filepath.Join(env.WorkDir, "world")
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return err
			}
			return world.WriteFiles(t.Context(), dir, 1, splits, func(int64) {})
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){"exitcode": exitCode, "oneline": oneLine, "sameweights": sameWeights},
		Condition: func(name string) (bool, error) {
			if name == "torchrun" { // $PYTHON names a Python with torch
				return exec.Command(python(), "-c", "import torch.distributed.run").Run() == nil, nil
			}
			// A folder of a few kilobytes, made where nobody else sees it.
			return exec.Command("unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", t.TempDir()).Run() == nil, nil
		},
	}
}

// exitCode runs a command and compares its exit code: exitcode N pcclip ...
func exitCode(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

// oneLine checks that the last command said one line on standard error.
func oneLine(ts *testscript.TestScript, _ bool, _ []string) {
	if text := ts.ReadFile("stderr"); strings.Count(text, "\n") != 1 {
		ts.Fatalf("not one line:\n%s", text)
	}
}

// sameWeights compares two models but for rounding: all numbers but a few whose
// gradient is nothing but rounding, to which Adam gives a whole step.
func sameWeights(ts *testscript.TestScript, _ bool, args []string) {
	_, a, err := clip.Read(ts.MkAbs(args[0]))
	ts.Check(err)
	_, b, err := clip.Read(ts.MkAbs(args[1]))
	ts.Check(err)
	all, away := 0, 0
	for i := range a {
		for k, x := range a[i].Data {
			all++
			if math.Abs(float64(x-b[i].Data[k])) > 1e-6 {
				away++
			}
		}
	}
	if away > all/1000 {
		ts.Fatalf("%d of %d weights differ", away, all)
	}
}

func python() string { return cmp.Or(os.Getenv("PYTHON"), "python3") }

// freePort gives a port that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}
