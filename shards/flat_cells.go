package shards

import (
	"reflect"
	"unsafe"
)

// fieldCells is one field of all structs of a batch. Reaching it by reflection
// takes longer than all else that reading a column does.
type fieldCells[T any] struct {
	first  unsafe.Pointer // into the batch, which stays alive by it
	stride uintptr
	n      int
}

// cellsOf gives a field of a batch, which is not empty, and whether its type is T.
func cellsOf[T any](batch reflect.Value, field int) (fieldCells[T], bool) {
	f := batch.Type().Elem().Field(field)
	if f.Type != reflect.TypeFor[T]() {
		return fieldCells[T]{}, false
	}
	return fieldCells[T]{unsafe.Add(batch.UnsafePointer(), f.Offset), batch.Type().Elem().Size(), batch.Len()}, true
}

// at gives the field of struct i.
func (c fieldCells[T]) at(i int) *T {
	if uint(i) >= uint(c.n) {
		panic("cell outside of its batch")
	}
	return (*T)(unsafe.Add(c.first, uintptr(i)*c.stride))
}
