// Package fake makes torch folders for tests: no code, but all that is read of
// one to judge it.
package fake

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"runtime"
	"slices"
)

// Machines gives the machine of a Go architecture, as a library names it.
var Machines = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}

// Library describes a made-up shared library.
type Library struct {
	Needed  []string    // file names
	RPath   string      // as written, $ORIGIN and all
	Symbols []string    // that it defines
	Machine elf.Machine // zero: this machine's
}

// Bytes writes the library as an ELF file with the sections that are read of
// one, and no code.
func (l Library) Bytes() []byte {
	if l.Machine == 0 {
		l.Machine = Machines[runtime.GOARCH]
	}
	names := []byte{0}
	name := func(s string) uint64 {
		at := uint64(len(names))
		names = append(append(names, s...), 0)
		return at
	}
	dynamic := []elf.Dyn64{}
	for _, n := range l.Needed {
		dynamic = append(dynamic, elf.Dyn64{Tag: int64(elf.DT_NEEDED), Val: name(n)})
	}
	if l.RPath != "" {
		dynamic = append(dynamic, elf.Dyn64{Tag: int64(elf.DT_RPATH), Val: name(l.RPath)})
	}
	dynamic = append(dynamic, elf.Dyn64{})
	symbols := []elf.Sym64{{}}
	for _, s := range l.Symbols {
		symbols = append(symbols, elf.Sym64{Name: uint32(name(s)), Info: elf.ST_INFO(elf.STB_GLOBAL, elf.STT_FUNC), Shndx: 1})
	}
	packed := func(v any) []byte {
		var b bytes.Buffer
		if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
			panic(err)
		}
		return b.Bytes()
	}
	sections := []struct {
		head elf.Section64
		body []byte
	}{
		{},
		{elf.Section64{Type: uint32(elf.SHT_STRTAB)}, names},
		{elf.Section64{Type: uint32(elf.SHT_DYNSYM), Link: 1, Info: 1, Entsize: 24}, packed(symbols)},
		{elf.Section64{Type: uint32(elf.SHT_DYNAMIC), Link: 1, Entsize: 16}, packed(dynamic)},
	}
	head := elf.Header64{
		Type: uint16(elf.ET_DYN), Machine: uint16(l.Machine), Version: 1, Ehsize: 64,
		Shentsize: 64, Shnum: uint16(len(sections)), Shstrndx: 1,
	}
	copy(head.Ident[:], []byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), 1})
	var bodies, heads []byte
	for _, s := range sections {
		s.head.Off, s.head.Size = uint64(64+len(bodies)), uint64(len(s.body))
		bodies = append(bodies, s.body...)
		heads = append(heads, packed(s.head)...)
	}
	head.Shoff = uint64(64 + len(bodies))
	return slices.Concat(packed(head), bodies, heads)
}

// A symbol of libc10 compiled with the C++ library's ABI of C++11, and with
// the one before.
const (
	NewABI = "_ZN3c105ErrorC1ENS_14SourceLocationENSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE"
	OldABI = "_ZN3c105ErrorC1ENS_14SourceLocationESs"
)

// Tree gives the files of a torch folder, by slash path within it. The version
// has three numbers and perhaps a tag.
func Tree(version string) map[string][]byte {
	var major, minor, patch int
	if _, err := fmt.Sscanf(version, "%d.%d.%d", &major, &minor, &patch); err != nil {
		panic(err)
	}
	header := fmt.Sprintf("#pragma once\n\n#define TORCH_VERSION_MAJOR %d\n\n/// Minor.\n#define TORCH_VERSION_MINOR %d\n"+
		"#define TORCH_VERSION_PATCH %d\n#define TORCH_VERSION \\\n  \"%s\"\n", major, minor, patch, version)
	return map[string][]byte{
		"include/torch/csrc/api/include/torch/torch.h": []byte("#pragma once\n"),
		"include/torch/headeronly/version.h":           []byte(header),
		"include/ATen/ATen.h":                          []byte("#pragma once\n"),
		"version.py":                                   []byte("__version__ = '" + version + "'\n"),
		"lib/libtorch_cpu.so":                          Library{Needed: []string{"libc10.so", "libc.so.6"}}.Bytes(),
		"lib/libc10.so":                                Library{Needed: []string{"libc.so.6"}, Symbols: []string{NewABI}}.Bytes(),
	}
}
