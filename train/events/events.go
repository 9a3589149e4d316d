// Package events writes TensorBoard event files: TFRecord frames of protobuf
// Event messages, of which it knows scalars and the start of a session.
package events

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// Field numbers of tensorflow/core/util/event.proto and
// tensorflow/core/framework/summary.proto.
const (
	eventWallTime    = 1 // double
	eventStep        = 2 // int64
	eventFileVersion = 3 // string
	eventSummary     = 5 // Summary
	eventSessionLog  = 7 // SessionLog

	summaryValue = 1 // Summary.Value, repeated
	valueTag     = 1 // string
	valueSimple  = 2 // float

	sessionStatus = 1 // enum
	sessionStart  = 1
)

// Scalar is a named number.
type Scalar struct {
	Tag   string
	Value float64
}

// Writer appends events to one file. It is not safe for concurrent use. Close
// it.
type Writer struct {
	f   *os.File
	now func() time.Time
}

// Open begins the event file of a training that stands after step; a file that
// began at the same step is replaced. TensorBoard reads the files of a folder
// in the order of their names, and forgets points after step of earlier ones.
func Open(dir string, step int) (*Writer, error) {
	return open(dir, step, time.Now)
}

func open(dir string, step int, now func() time.Time) (*Writer, error) {
	path := filepath.Join(dir, fmt.Sprintf("events.out.tfevents.%010d.pcclip", step))
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("open event file: %w", err)
	}
	w := &Writer{f: f, now: now}
	version := protowire.AppendTag(nil, eventFileVersion, protowire.BytesType)
	version = protowire.AppendString(version, "brain.Event:2")
	session := protowire.AppendTag(nil, sessionStatus, protowire.VarintType)
	session = protowire.AppendVarint(session, sessionStart)
	start := protowire.AppendTag(nil, eventSessionLog, protowire.BytesType)
	start = protowire.AppendBytes(start, session)
	if err := errors.Join(w.event(0, version), w.event(step+1, start)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return w, nil
}

// Write appends the scalars of a step.
func (w *Writer) Write(step int, scalars []Scalar) error {
	var summary []byte
	for _, s := range scalars {
		value := protowire.AppendTag(nil, valueTag, protowire.BytesType)
		value = protowire.AppendString(value, s.Tag)
		value = protowire.AppendTag(value, valueSimple, protowire.Fixed32Type)
		value = protowire.AppendFixed32(value, math.Float32bits(float32(s.Value)))
		summary = protowire.AppendTag(summary, summaryValue, protowire.BytesType)
		summary = protowire.AppendBytes(summary, value)
	}
	body := protowire.AppendTag(nil, eventSummary, protowire.BytesType)
	return w.event(step, protowire.AppendBytes(body, summary))
}

// event writes an Event with the present time, a step and the rest of it.
func (w *Writer) event(step int, rest []byte) error {
	seconds := float64(w.now().UnixMicro()) / 1e6
	e := protowire.AppendTag(nil, eventWallTime, protowire.Fixed64Type)
	e = protowire.AppendFixed64(e, math.Float64bits(seconds))
	if step != 0 { // proto3 leaves zeros out
		e = protowire.AppendTag(e, eventStep, protowire.VarintType)
		e = protowire.AppendVarint(e, uint64(step))
	}
	if _, err := w.f.Write(frame(append(e, rest...))); err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	return nil
}

// frame wraps a record as TFRecord does: length, its checksum, data, its
// checksum, little-endian.
func frame(data []byte) []byte {
	out := binary.LittleEndian.AppendUint64(nil, uint64(len(data)))
	out = binary.LittleEndian.AppendUint32(out, masked(out))
	out = append(out, data...)
	return binary.LittleEndian.AppendUint32(out, masked(data))
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// masked is the CRC-32C of data, turned and shifted as TFRecord wants it.
func masked(data []byte) uint32 {
	sum := crc32.Checksum(data, castagnoli)
	return (sum>>15 | sum<<17) + 0xa282ead8
}

// Close syncs and closes the file.
func (w *Writer) Close() error { return errors.Join(w.f.Sync(), w.f.Close()) }
