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

// NewParams copies parameters to the device. group decides what is trained.
func (s *Scope) NewParams(params []Param, group func(name string, shape []int) Group) *Params {
	params = slices.Clone(params)
	slices.SortFunc(params, func(a, b Param) int {
		if d := int(group(a.Name, a.Shape)) - int(group(b.Name, b.Shape)); d != 0 {
			return d
		}
		return strings.Compare(a.Name, b.Name)
	})
	p := &Params{entries: map[string]entry{}}
	var data []float32
	for _, x := range params {
		g := group(x.Name, x.Shape)
		p.entries[x.Name] = entry{shape: slices.Clone(x.Shape), start: len(data), group: g}
		p.names = append(p.names, x.Name)
		data = append(data, x.Data...)
		for after := g + 1; after < Group(len(p.bounds)); after++ {
			p.bounds[after] = len(data)
		}
	}
	slices.Sort(p.names)
	p.flat = s.FromFloat32(data, len(data))
	s.Keep(p.flat)
	if p.trained() > 0 {
		p.allocate(s)
	}
	for _, name := range p.names {
		p.view(s, name)
	}
	return p
}

func (p *Params) trained() int { return p.bounds[Decayed+1] - p.bounds[Plain] }

func (p *Params) allocate(s *Scope) {
	n := p.trained()
	for _, t := range []**Tensor{&p.grad, &p.m, &p.v} {
		*t = s.FromFloat32(make([]float32, n), n)
		s.Keep(*t)
	}
}

// view makes the parameter's tensor: a leaf on the flat buffer whose gradient
// is a view of the flat gradient, so that Backward adds into it in place.
func (p *Params) view(s *Scope, name string) {
	e := p.entries[name]
	dims, _ := sizes(e.shape)
	var out, grad C.pc_tensor
	if e.group != Frozen {
		grad = C.pc_tensor(p.grad.pointer())
	}
	must("view "+name, C.pc_parameter_view(&out, C.pc_tensor(p.flat.pointer()), C.int64_t(e.start), grad,
		C.int64_t(e.start-p.bounds[Plain]), (*C.int64_t)(unsafe.SliceData(dims)), C.int(len(dims))))
	e.view = s.own("view", libtch.Ctensor(unsafe.Pointer(out)))
	s.Keep(e.view)
	p.entries[name] = e
}

// At gives the tensor of a parameter; an unknown name is a mistake of the program.
func (p *Params) At(name string) *Tensor {
	e, ok := p.entries[name]
	if !ok {
		panic(fmt.Sprintf("torch: no parameter %q", name))
	}
	return e.view
}
