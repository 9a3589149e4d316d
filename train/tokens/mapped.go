package tokens

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"
	flatbuffers "github.com/google/flatbuffers/go"
)

// batch is a record batch where it lies in the file.
type batch struct {
	rows                      int
	pairIDs, imagesA, imagesB words
	starts                    []int32 // of the rows' ids, and the end of the last one's
	ids                       []uint16
	lengths                   []int32
}

// words is a column of texts.
type words struct {
	starts []int32 // and the end of the last one
	text   []byte
}

// at gives text k, which is the file's.
func (w words) at(k int) string {
	b := w.text[w.starts[k]:w.starts[k+1]]
	return unsafe.String(unsafe.SliceData(b), len(b))
}

func (b *batch) tokens(k int) []uint16 { return b.ids[b.starts[k]:b.starts[k+1]] }

// touch looks at every row once: an offset out of its column panics here, where
// read takes that for damage, and not in the midst of a training.
func (b *batch) touch() {
	for k := range b.rows {
		b.tokens(k)
		b.pairIDs.at(k)
		b.imagesA.at(k)
		b.imagesB.at(k)
	}
	_ = b.lengths[:b.rows]
}

// Arrow v17 copies what it reads of a file; so the places of the columns are read
// here, from the flatbuffers of Arrow's format (File.fbs, Message.fbs). A field
// is named by its place in a table's list of them, from 4 on by twos.
const (
	footerBatches  = 10
	messageType    = 6
	messageHeader  = 8
	batchLength    = 4
	batchNodes     = 6
	batchBuffers   = 8
	batchPacked    = 10 // a codec, where the buffers are compressed
	isRecordBatch  = 3
	blockSize      = 24 // of offset int64, length of the metadata int32, padding, length of the body int64
	nodeSize       = 16 // of length int64, nulls int64
	bufferSize     = 16 // of offset int64, length int64
	magic          = "ARROW1"
	continuation   = 0xffffffff
	buffersOfBatch = 15 // three of each text column, two of the list, two of its ids, two of the lengths
	idsNode        = 4  // among the columns, of which the list's ids are one
)

// batches finds the record batches of a file whose schema is known to be ours. It
// panics where the file isn't as its tables tell.
func batches(file []byte) []batch {
	end := len(file) - len(magic) - 4
	size := int(binary.LittleEndian.Uint32(file[end:]))
	footer := root(file[end-size : end])
	at, n := vector(footer, footerBatches)
	blocks := footer.Bytes[at:][:n*blockSize]
	out := make([]batch, n)
	for i := range out {
		block := blocks[i*blockSize:]
		offset, meta := int64(binary.LittleEndian.Uint64(block)), int64(binary.LittleEndian.Uint32(block[8:]))
		body := int64(binary.LittleEndian.Uint64(block[16:]))
		out[i] = recordBatch(file[offset:offset+meta], file[offset+meta:offset+meta+body])
	}
	return out
}

// recordBatch reads the message of a batch, and takes its columns from the body.
func recordBatch(meta, body []byte) batch {
	if binary.LittleEndian.Uint32(meta) != continuation {
		panic("a batch without its mark")
	}
	message := root(meta[8:])
	if kind := message.GetByteSlot(messageType, 0); kind != isRecordBatch {
		panic(fmt.Sprintf("a message of type %d", kind))
	}
	var header flatbuffers.Table
	message.Union(&header, flatbuffers.UOffsetT(message.Offset(messageHeader)))
	nodes, _ := vector(header, batchNodes)
	places, n := vector(header, batchBuffers)
	if n != buffersOfBatch || header.Offset(batchPacked) != 0 {
		panic("a batch of another layout")
	}
	buffer := func(i int) []byte {
		place := header.Bytes[int(places)+i*bufferSize:]
		from, length := binary.LittleEndian.Uint64(place), binary.LittleEndian.Uint64(place[8:])
		return body[from : from+length : from+length]
	}
	rows := int(header.GetInt64Slot(batchLength, 0))
	ids := int(binary.LittleEndian.Uint64(header.Bytes[int(nodes)+idsNode*nodeSize:]))
	column := func(i int) words { return words{starts: numbers[int32](buffer(i), rows+1), text: buffer(i + 1)} }
	return batch{
		rows: rows, pairIDs: column(1), imagesA: column(4), imagesB: column(7),
		starts: numbers[int32](buffer(10), rows+1), ids: numbers[uint16](buffer(12), ids), lengths: numbers[int32](buffer(14), rows),
	}
}

func root(b []byte) flatbuffers.Table {
	return flatbuffers.Table{Bytes: b, Pos: flatbuffers.GetUOffsetT(b)}
}

// vector gives where the things of a vector begin, and how many there are.
func vector(t flatbuffers.Table, field flatbuffers.VOffsetT) (at flatbuffers.UOffsetT, n int) {
	o := flatbuffers.UOffsetT(t.Offset(field))
	if o == 0 {
		return 0, 0
	}
	return t.Vector(o), t.VectorLen(o)
}

// numbers takes the first n numbers of a buffer, which Arrow aligns.
func numbers[T int32 | uint16](buffer []byte, n int) []T {
	var one T
	if n < 0 || uintptr(unsafe.Pointer(unsafe.SliceData(buffer)))%unsafe.Alignof(one) != 0 {
		panic("a buffer out of line")
	}
	return arrow.GetData[T](buffer)[:n:n]
}
