//go:build libtorch

package torch

// #include "shim.h"
import "C"

import (
	"fmt"
	"slices"
	"strings"
	"unsafe"

	"github.com/sugarme/gotch/libtch"
)

// Group says how the optimiser treats a parameter.
type Group int

const (
	// Frozen parameters have no gradient.
	Frozen Group = iota
	// Plain parameters are trained without weight decay.
	Plain
	// Decayed parameters are trained with weight decay.
	Decayed
)

// Param is a named parameter with its numbers, row-major.
type Param struct {
	Name  string
	Shape []int
	Data  []float32
}

// Params holds all parameters of a model as views of one flat buffer, ordered
// by group and then by name, so that zeroing, clipping and AdamW are one call
// for each group. It belongs to a Thread; free it there.
type Params struct {
	flat, grad, m, v *Tensor // [N]; grad, m, v only where something is trained
	updates          *Tensor // [1], how often AdamW has changed them; with grad
	entries          map[string]entry
	names            []string // sorted
	bounds           [Decayed + 2]int
}

type entry struct {
	view  *Tensor
	shape []int
	start int
	group Group
}

// alignment is the number of floats that parameters begin at multiples of: 64
// bytes, which vector units and GPUs read in one go. What lies between is zero
// and stays so.
const alignment = 16

// NewParams copies parameters to the device. group decides what is trained.
// Data that does not fill its shape and a name given twice are errors.
func (s *Scope) NewParams(params []Param, group func(name string, shape []int) Group) *Params {
	p := &Params{entries: make(map[string]entry, len(params))}
	for g := Frozen; g <= Decayed; g++ {
		p.bounds[g+1] = p.place(params, g, group, p.bounds[g])
	}
	if len(p.names) != len(params) {
		panic(newError("new parameters", "a group is none of Frozen, Plain and Decayed"))
	}
	slices.Sort(p.names)
	p.flat = s.Zeros(p.bounds[Decayed+1])
	buffers := []*Tensor{p.flat}
	if n := p.bounds[Decayed+1] - p.bounds[Plain]; n > 0 {
		p.grad, p.m, p.v = s.Zeros(n), s.Zeros(n), s.Zeros(n)
		p.updates = s.Zeros(1)
		buffers = append(buffers, p.grad, p.m, p.v, p.updates)
	}
	for _, x := range params {
		if err := p.Set(s, x.Name, x.Data); err != nil {
			panic(newError("new parameters", err.Error()))
		}
	}
	for _, name := range p.names {
		buffers = append(buffers, p.view(s, name))
	}
	s.Keep(buffers...)
	return p
}

// place lays out the parameters of a group from start on, by name, and gives
// the end.
func (p *Params) place(params []Param, g Group, group func(string, []int) Group, start int) int {
	var mine []Param
	for _, x := range params {
		if group(x.Name, x.Shape) == g {
			mine = append(mine, x)
		}
	}
	slices.SortFunc(mine, func(a, b Param) int { return strings.Compare(a.Name, b.Name) })
	for _, x := range mine {
		if _, twice := p.entries[x.Name]; twice {
			panic(newError("new parameters", fmt.Sprintf("parameter %q is given twice", x.Name)))
		}
		p.entries[x.Name] = entry{shape: slices.Clone(x.Shape), start: start, group: g}
		p.names = append(p.names, x.Name)
		start += (count(x.Shape) + alignment - 1) / alignment * alignment
	}
	return start
}

// view makes the parameter's tensor: a leaf on the flat buffer whose gradient
// is a view of the flat gradient, so that Backward adds into it in place.
func (p *Params) view(s *Scope, name string) *Tensor {
	e := p.entries[name]
	dims, _ := sizes(e.shape)
	var out, grad C.pc_tensor
	if e.group != Frozen {
		grad = C.pc_tensor(p.grad.pointer())
	}
	must("view "+name, C.pc_parameter_view(&out, C.pc_tensor(p.flat.pointer()), C.int64_t(e.start), grad,
		C.int64_t(e.start-p.bounds[Plain]), (*C.int64_t)(unsafe.SliceData(dims)), C.int(len(dims))))
	e.view = s.own("view", libtch.Ctensor(unsafe.Pointer(out)))
	p.entries[name] = e
	return e.view
}

// Has says whether there is a parameter of the name.
func (p *Params) Has(name string) bool {
	_, ok := p.entries[name]
	return ok
}

// Trains says whether a parameter has a gradient.
func (p *Params) Trains(name string) bool { return p.entries[name].group != Frozen }

// At gives the tensor of a parameter; an unknown name is a mistake of the program.
func (p *Params) At(name string) *Tensor {
	e, ok := p.entries[name]
	if !ok {
		panic(fmt.Sprintf("torch: no parameter %q", name))
	}
	return e.view
}
