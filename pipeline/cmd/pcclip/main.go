// Command pcclip teaches CLIP to reason about differences between images.
// Each sub-command lives in the file of its name.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/willabides/kongplete"

	"github.com/pcclip/pcclip/pipeline/progress"
	"github.com/pcclip/pcclip/shards/fault"
)

// commands is the whole command line.
type commands struct {
	Config string   `help:"Take settings from this YAML file (default: pcclip.yaml, where there is one)." placeholder:"FILE" predictor:"file"`
	Set    []string `help:"Set one value of the settings, as section.key=value. May be repeated." placeholder:"KEY=VALUE" sep:"none"`
	Quiet  bool     `short:"q" help:"Show no progress."`

	Init       initCmd       `cmd:"" help:"Write a commented pcclip.yaml."`
	Dataset    datasetCmd    `cmd:"" help:"Look at a captions file."`
	Sample     sampleCmd     `cmd:"" help:"Draw the plan of image pairs."`
	Generate   generateCmd   `cmd:"" help:"Ask an endpoint for the differences of the plan."`
	Judge      judgeCmd      `cmd:"" help:"Ask a second model whether the accepted rows are right."`
	Check      checkCmd      `cmd:"" help:"Apply the rules to the recorded answers again."`
	Inspect    inspectCmd    `cmd:"" help:"Summarise a run or a folder of shards, or ask it SQL."`
	Embed      embedCmd      `cmd:"" help:"Embed images or lines of text."`
	Tokenize   tokenizeCmd   `cmd:"" help:"Turn lines of text into CLIP token ids."`
	Pretrain   pretrainCmd   `cmd:"" help:"Train a CLIP from scratch on captions."`
	Train      trainCmd      `cmd:"" help:"Finetune CLIP's text tower on differences."`
	Average    averageCmd    `cmd:"" help:"Average the weights of two models."`
	Export     exportCmd     `cmd:"" help:"Write a model in open_clip's or Hugging Face's layout."`
	Eval       evalCmd       `cmd:"" help:"Score models on difference tasks."`
	Experiment experimentCmd `cmd:"" help:"Train and compare models by a plan, with errors and verdicts."`
	Release    releaseCmd    `cmd:"" help:"Freeze a finished run into a dataset folder."`
	Verify     verifyCmd     `cmd:"" help:"Find what is wrong in a release."`
	Diff       diffCmd       `cmd:"" help:"Tell what changed between two releases, and which version that asks for."`
	Replay     replayCmd     `cmd:"" help:"Rebuild a release from captions and recorded answers, and compare every byte."`
	Demo       demoCmd       `cmd:"" help:"The whole idea on a small made-up world, offline."`
	Endpoint   endpointCmd   `cmd:"" help:"Serve the demo's rule-based writer as an OpenAI-compatible endpoint."`
	Doctor     doctorCmd     `cmd:"" help:"What is installed, what is missing, what to type next."`

	Completion kongplete.InstallCompletions `cmd:"" help:"Print the line that turns on completion in your shell."`
}

// env is what a command gets from main.
type env struct {
	ctx    context.Context
	stdout io.Writer
	stderr io.Writer
	quiet  bool
}

// board makes the progress board of a command.
func (e *env) board() *progress.Board {
	if e.quiet {
		return progress.Silent()
	}
	return progress.New(os.Stderr)
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run parses the line, runs its command and gives the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once

	settings, err := loadSettings(args)
	if err != nil {
		return report(stderr, err)
	}
	var cli commands
	exited := -1
	parser, err := kong.New(&cli, kong.Name("pcclip"), kong.UsageOnError(), kong.Writers(stdout, stderr),
		kong.Description("Teach CLIP to reason about differences between images.\n\nStart with: pcclip demo, or pcclip init."),
		kong.Exit(func(code int) { exited = code; panic(errExit) }),
		kong.Resolvers(settings), kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true}))
	if err != nil {
		return report(stderr, fmt.Errorf("build the command line: %w", err))
	}
	defer func() {
		if r := recover(); r != nil && r != any(errExit) {
			panic(r)
		}
	}()
	kongplete.Complete(parser, kongplete.WithPredictor("file", filePredictor), kongplete.WithPredictor("dir", dirPredictor))
	parsed, err := parse(parser, args, &exited)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		return usage(stderr, settings, err)
	}
	err = parsed.Run(&env{ctx: ctx, stdout: stdout, stderr: stderr, quiet: cli.Quiet})
	if missing := (*missingFlags)(nil); errors.As(err, &missing) {
		return usage(stderr, settings, err)
	}
	if err != nil && ctx.Err() != nil && errors.Is(err, context.Canceled) {
		fmt.Fprintln(stderr, "interrupted; the same command goes on from here")
		return fault.Interrupted
	}
	return report(stderr, err)
}

// errExit ends parsing where kong has answered by itself (--help).
var errExit = errors.New("exit")

func parse(parser *kong.Kong, args []string, exited *int) (parsed *kong.Context, err error) {
	defer func() {
		if r := recover(); r != nil && r != any(errExit) {
			panic(r)
		}
	}()
	return parser.Parse(args)
}

// report prints an error on one line and gives its exit code.
func report(stderr io.Writer, err error) int {
	if err == nil {
		return 0
	}
	if e := new(fault.Error); fault.NoSpace(err) && !errors.As(err, &e) {
		err = &fault.Error{Err: err, Hint: "free some space and run the same command again"}
	}
	fmt.Fprintln(stderr, "pcclip:", strings.ReplaceAll(err.Error(), "\n", " "))
	return fault.ExitCode(err)
}

// missingFlags says which flags a command lacks, in the words of kong.
type missingFlags struct{ names []string }

// Error lists the flags.
func (m *missingFlags) Error() string { return "missing flags: " + strings.Join(m.names, ", ") }

// needed checks flags that only some uses of a command need: pairs of how a flag
// is written and its value.
func needed(flags ...string) error {
	var missing []string
	for i := 0; i < len(flags); i += 2 {
		if flags[i+1] == "" {
			missing = append(missing, flags[i])
		}
	}
	if missing == nil {
		return nil
	}
	return &missingFlags{missing}
}

// usage answers a line that does not parse. A stage that misses its main
// arguments and has no settings file is told in three lines how to start.
func usage(stderr io.Writer, settings *settings, err error) int {
	fmt.Fprintln(stderr, "pcclip:", err)
	if settings.path == "" && strings.HasPrefix(err.Error(), "missing flags") {
		fmt.Fprintln(stderr, "There is no pcclip.yaml in this folder. To start:")
		fmt.Fprintln(stderr, "  pcclip init          writes a commented one; then run the same command again")
		fmt.Fprintln(stderr, "  pcclip COMMAND -h    shows the flags, with examples")
	}
	return fault.Usage
}
