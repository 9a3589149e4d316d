package libtorch

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"strings"

	"github.com/pcclip/pcclip/shards/fault"
)

// ErrNotFound is in the chain of Find's error where no place has a libtorch
// and none was demanded by name.
var ErrNotFound = errors.New("no usable libtorch on this machine")

// waysOut says how to get a libtorch without Fetch.
var waysOut = "set LIBTORCH to the folder of an unpacked libtorch " + supportedText +
	", or install torch into a Python on PATH (pip install torch)"

// Place is one place where libtorch was looked for.
type Place struct {
	Source   Source   `json:"source"`
	Where    string   `json:"where,omitempty"`    // folder, or the Python that was asked
	Install  *Install `json:"install,omitempty"`  // what can be used there; nil for nothing
	Problems []string `json:"problems,omitempty"` // why nothing can be; empty where there simply is none
}

// String gives the place and its problems on one line.
func (p Place) String() string {
	return fmt.Sprintf("%s (%s): %s", p.Where, p.Source, strings.Join(p.Problems, ", "))
}

// places looks at one place after the other, in order.
func (o Options) places(ctx context.Context) iter.Seq[Place] {
	return func(yield func(Place) bool) {
		if o.Given != "" && !yield(o.place(ctx, FromGiven, o.Given, o.Given)) {
			return
		}
		pythons, missing := o.pythons()
		for _, python := range missing {
			if !yield(Place{Source: FromPython, Where: python, Problems: []string{"cannot be run"}}) {
				return
			}
		}
		seen := map[string]bool{}
		for _, python := range pythons {
			torch, err := o.torchOf(ctx, python)
			p := Place{Source: FromPython, Where: python}
			switch {
			case err != nil:
				p.Problems = []string{err.Error()}
			case torch != "" && seen[torch]:
				continue
			case torch != "":
				seen[torch] = true
				p = o.place(ctx, FromPython, python, torch)
			}
			if !yield(p) {
				return
			}
		}
		yield(o.place(ctx, FromCache, o.cached(), filepath.Join(o.cached(), "torch")))
	}
}

// place looks at one torch folder.
func (o Options) place(ctx context.Context, from Source, where, torch string) Place {
	in, problems := o.look(ctx, torch, from)
	if len(problems) > 0 {
		return Place{Source: from, Where: where, Problems: problems}
	}
	return Place{Source: from, Where: where, Install: &in}
}

// Find gives the first usable libtorch: $LIBTORCH, a Python's, the cached one.
// What it skips on the way it says. A $LIBTORCH that cannot be used is an
// error, never skipped. Where there is none, the error is ErrNotFound.
func Find(ctx context.Context, o Options) (Install, error) {
	if err := o.Validate(); err != nil {
		return Install{}, err
	}
	for p := range o.places(ctx) {
		if err := ctx.Err(); err != nil {
			return Install{}, fmt.Errorf("find libtorch: %w", err)
		}
		if p.Install != nil {
			return *p.Install, nil
		}
		if p.Source == FromGiven {
			return Install{}, fault.Input("use $LIBTORCH", p.Where,
				"set it to a folder with include/ and lib/ of libtorch "+supportedText+", or unset it",
				"%s", strings.Join(p.Problems, ", "))
		}
		if len(p.Problems) > 0 && p.Source == FromPython {
			o.say("skipped " + p.String())
		}
	}
	return Install{}, &fault.Error{Op: "find libtorch", Err: ErrNotFound, Hint: waysOut, Code: fault.Usage}
}
