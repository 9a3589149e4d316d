package train

import (
	"os"
	"strconv"
	"strings"
	"time"
)

// Speed tells how fast the steps since the last line were. Of all metrics it
// alone depends on the clock.
type Speed struct {
	Samples float64 `json:"samples_per_second"`
	Tokens  float64 `json:"tokens_per_second"` // of texts, without padding
	Padding float64 `json:"padding_share"`     // of the positions computed
	Wait    float64 `json:"data_wait_share"`   // of the time
	MFU     float64 `json:"mfu,omitempty"`     // operations the texts need, without padding, over the device's dense peak; 0: its peak is not known
	Memory  int64   `json:"peak_memory_bytes"` // of the GPU, else of the process; 0: not known
}

// meter gathers what a Speed tells.
type meter struct {
	since             time.Time
	samples           int
	useful, positions int
	waited            time.Duration
	flops, peak       float64 // operations needed; the device's in a second, 0: not known
}

func newMeter() *meter { return &meter{since: time.Now()} }

// wait runs fn, which brings data.
func (m *meter) wait(fn func()) {
	from := time.Now()
	fn()
	m.waited += time.Since(from)
}

// done counts a step's samples, its ids, and the positions computed for them.
func (m *meter) done(samples, useful, positions int) {
	m.samples, m.useful, m.positions = m.samples+samples, m.useful+useful, m.positions+positions
}

// work counts operations that a step needs on this device.
func (m *meter) work(flops float64) { m.flops += flops }

// speed gives the rates and starts anew. device is the peak memory of a GPU, 0
// on a CPU.
func (m *meter) speed(device int64) *Speed {
	seconds := max(time.Since(m.since).Seconds(), 1e-9)
	s := &Speed{Samples: float64(m.samples) / seconds, Tokens: float64(m.useful) / seconds, Wait: m.waited.Seconds() / seconds, Memory: device}
	if m.positions > 0 {
		s.Padding = 1 - float64(m.useful)/float64(m.positions)
	}
	if m.peak > 0 {
		s.MFU = m.flops / seconds / m.peak
	}
	if device == 0 {
		s.Memory = peakResident()
	}
	*m = meter{since: time.Now(), peak: m.peak}
	return s
}

// peakResident gives the most memory the process has held, where the system
// says so in /proc.
func peakResident() int64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), "VmHWM:")
	fields := strings.Fields(rest)
	if len(fields) < 2 || fields[1] != "kB" {
		return 0
	}
	kilobytes, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return 0
	}
	return kilobytes << 10
}
