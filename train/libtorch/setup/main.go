// Setup finds libtorch or downloads it, and writes the environment file that
// the build reads. It is what task libtorch runs; a second run changes nothing.
//
// Exit codes: 0 done, 2 something is missing that the user has to give (the
// line says what), 3 --check found none, 130 interrupted.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/libtorch"
)

// envName is the file that the build reads, in the folder of go.mod.
const envName = ".libtorch.env"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// settings are the flags.
type settings struct {
	check, noFetch, json bool
	env                  string
}

// run does the work and gives the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var s settings
	flags := flag.NewFlagSet("setup", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.BoolVar(&s.check, "check", false, "only look: exit code 0 where libtorch is there, 3 where not; nothing is written")
	flags.BoolVar(&s.noFetch, "no-fetch", false, "download nothing")
	flags.BoolVar(&s.json, "json", false, "print one JSON document")
	flags.StringVar(&s.env, "env", "", "write the environment to this file (default: "+envName+" beside go.mod)")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return fault.Usage
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(stderr, "libtorch: unexpected argument %q; see --help\n", flags.Arg(0))
		return fault.Usage
	}
	o := libtorch.DefaultOptions()
	if s.check {
		return check(ctx, o, s, stdout)
	}
	d, err := setup(ctx, o, s, stderr)
	if err != nil && ctx.Err() != nil {
		fmt.Fprintln(stderr, "libtorch: interrupted; the same command starts again")
		return fault.Interrupted
	}
	if err == nil {
		err = d.print(stdout, s.json)
	}
	if err != nil {
		fmt.Fprintln(stderr, "libtorch:", err)
	}
	return fault.ExitCode(err)
}

// check looks and says in one line what is there.
func check(ctx context.Context, o libtorch.Options, s settings, stdout io.Writer) int {
	in, err := libtorch.Find(ctx, o)
	switch {
	case err != nil && s.json:
		writeJSON(stdout, struct {
			Error string `json:"error"`
		}{err.Error()})
	case err != nil:
		fmt.Fprintln(stdout, "libtorch:", err)
	case s.json:
		writeJSON(stdout, done{Install: in})
	default:
		fmt.Fprintln(stdout, describe(in))
	}
	if err != nil {
		return fault.Incomplete
	}
	return 0
}

// setup finds or fetches, prepares, and writes the environment file.
func setup(ctx context.Context, o libtorch.Options, s settings, stderr io.Writer) (done, error) {
	screen := newScreen(stderr)
	o.Say, o.Progress = screen.say, screen.progress
	path, err := envPath(s.env)
	if err != nil {
		return done{}, err
	}
	compiler, err := libtorch.FindCompiler(ctx, o.Wait)
	if err != nil {
		return done{}, err
	}
	d := done{EnvFile: path}
	d.Install, err = libtorch.Find(ctx, o)
	if errors.Is(err, libtorch.ErrNotFound) && !s.noFetch {
		d.Install, err = libtorch.Fetch(ctx, o)
		d.Fetched = err == nil
	}
	screen.end()
	if err != nil {
		return done{}, err
	}
	if err := libtorch.Prepare(d.Install); err != nil {
		return done{}, err
	}
	vars, err := libtorch.Env(d.Install, compiler)
	if err != nil {
		return done{}, err
	}
	d.Env = map[string]string{}
	for _, v := range vars {
		d.Env[v.Name] = v.Value
	}
	d.Changed, err = libtorch.WriteEnv(path, vars)
	return d, err
}

// envPath gives the environment file: the one asked for, else the one beside
// the nearest go.mod.
func envPath(asked string) (string, error) {
	if asked != "" {
		path, err := filepath.Abs(asked)
		if err != nil {
			return "", fmt.Errorf("find environment file: %w", err)
		}
		return path, nil
	}
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find environment file: %w", err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, envName), nil
		}
		if dir == filepath.Dir(dir) {
			return "", fault.Input("find environment file", start, "run it in a checkout, or give --env FILE", "no go.mod here or above")
		}
	}
}

// done is what a run did.
type done struct {
	Install libtorch.Install  `json:"libtorch"`
	Fetched bool              `json:"fetched"`            // it was downloaded just now
	EnvFile string            `json:"env_file,omitempty"` // written, or right already; "" with --check
	Changed bool              `json:"changed"`            // the file was written
	Env     map[string]string `json:"env,omitempty"`
}

// print says what was done, in a line or two.
func (d done) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return writeJSON(w, d)
	}
	line := describe(d.Install) + "; env in " + d.EnvFile
	if dir, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(dir, d.EnvFile); err == nil && filepath.IsLocal(rel) {
			line = describe(d.Install) + "; env in " + rel
		}
	}
	if d.Changed {
		line += "\nThe first build against it compiles for some minutes and takes 2.5 GB of memory; later ones are quick."
	}
	_, err := fmt.Fprintln(w, line)
	return err
}

// describe says which libtorch it is, and where.
func describe(in libtorch.Install) string {
	what := "CPU"
	if in.CUDA {
		what = "CPU and CUDA"
	}
	return fmt.Sprintf("libtorch %s (%s, %s) at %s", in.Version, in.Source, what, in.Torch)
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("print result: %w", err)
	}
	return nil
}
