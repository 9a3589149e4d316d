// Package safetensors reads and writes the safetensors format: a length, a JSON
// header, and the tensors, row-major and little-endian, one after the other.
//
// A file is a stranger's: whatever its header says is checked against the file
// before anything is allocated or read. Tensors are read one at a time, so a
// model needs the memory of its largest tensor and no more.
package safetensors
