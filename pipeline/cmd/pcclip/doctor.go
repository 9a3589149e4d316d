package main

import (
	"fmt"
	"io"

	"github.com/pcclip/pcclip/train"
	"github.com/pcclip/pcclip/train/libtorch"
)

type doctorCmd struct {
	JSON bool `name:"json" help:"Print what was found as JSON."`
}

// diagnosis is what doctor finds.
type diagnosis struct {
	Version string          `json:"pcclip"`
	Torch   string          `json:"libtorch_in_this_binary"` // "" for a binary without
	Build   libtorch.Report `json:"build"`
}

// Run looks and tells.
func (c *doctorCmd) Run(e *env) error {
	d := diagnosis{Version: version(), Build: libtorch.Describe(e.ctx)}
	if v, err := train.TorchVersion(); err == nil {
		d.Torch = v
	}
	if c.JSON {
		return printJSON(e.stdout, d)
	}
	fmt.Fprintf(e.stdout, "pcclip %s, ", d.Version)
	if d.Torch == "" {
		fmt.Fprintln(e.stdout, "without libtorch: embed, train, pretrain, eval and demo are missing")
	} else {
		fmt.Fprintf(e.stdout, "with libtorch %s\n", d.Torch)
	}
	printBuild(e.stdout, d.Build)
	return nil
}

// printBuild says what a build would find, and what to type next.
func printBuild(w io.Writer, r libtorch.Report) {
	if r.Libtorch != nil {
		fmt.Fprintf(w, "libtorch %s at %s (%s)\n", r.Libtorch.Version, r.Libtorch.Torch, r.Libtorch.Source)
	}
	for _, p := range r.Places {
		if len(p.Problems) > 0 {
			fmt.Fprintf(w, "  not used: %s\n", p)
		}
	}
	if r.Compiler != nil {
		fmt.Fprintf(w, "compiler %s\n", r.Compiler.Version)
	}
	for _, g := range r.GPU.Devices {
		fmt.Fprintf(w, "GPU %s\n", g)
	}
	fmt.Fprintf(w, "%s; cache %s with %d GB free\n", r.Go, r.Cache.Path, r.Cache.Free>>30)
	for _, p := range r.Problems {
		fmt.Fprintf(w, "problem: %s\n", p)
	}
	for _, n := range r.Next {
		fmt.Fprintf(w, "next: %s\n", n)
	}
}
