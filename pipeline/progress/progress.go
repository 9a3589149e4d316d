// Package progress shows how far long work has come: bars on a terminal, one
// line every few seconds elsewhere. It writes to one stream and decides nothing.
package progress

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// lineEvery is the pause between two lines of one bar where there is no terminal.
const lineEvery = 10 * time.Second

// Board holds the bars of one command. Close it before other output.
type Board struct {
	out  io.Writer
	bars *mpb.Progress // nil where out is no terminal
	mu   sync.Mutex
}

// New makes a board on f: bars where f is a terminal, lines elsewhere.
func New(f *os.File) *Board {
	b := &Board{out: f}
	if term.IsTerminal(int(f.Fd())) {
		b.bars = mpb.New(mpb.WithOutput(f), mpb.WithWidth(40), mpb.WithRefreshRate(200*time.Millisecond))
	}
	return b
}

// Silent makes a board that shows nothing.
func Silent() *Board { return &Board{out: io.Discard} }

// Say prints one line, above the bars where there are any.
func (b *Board) Say(format string, args ...any) {
	line := fmt.Sprintf(format, args...) + "\n"
	if b.bars != nil {
		b.bars.Write([]byte(line)) //nolint:errcheck // progress is no result
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	io.WriteString(b.out, line) //nolint:errcheck // progress is no result
}

// Close waits for the last redraw.
func (b *Board) Close() {
	if b.bars != nil {
		b.bars.Shutdown()
	}
}

// Bar is the progress of one piece of work. Its methods may be called from any
// goroutine.
type Bar struct {
	board *Board
	name  string

	mu     sync.Mutex
	bar    *mpb.Bar
	total  int64
	done   int64
	note   string
	own    func() string // where there is no terminal, the line; nil for the usual one
	last   time.Time
	closed bool
}

// Bar starts a bar. A total of 0 means not yet known.
func (b *Board) Bar(name string, total int64) *Bar {
	p := &Bar{board: b, name: name, total: total, last: time.Now()}
	if b.bars != nil {
		p.bar = b.bars.AddBar(total,
			mpb.PrependDecorators(decor.Name(name, decor.WCSyncSpaceR), decor.CountersNoUnit("%d/%d", decor.WCSyncSpace)),
			mpb.AppendDecorators(decor.Percentage(decor.WC{W: 5}), decor.Name("  "),
				decor.OnComplete(decor.AverageETA(decor.ET_STYLE_GO), "done"),
				decor.Any(func(decor.Statistics) string { return "  " + p.noteText() })))
	}
	return p
}

func (p *Bar) noteText() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.note
}

// Total sets the total once it is known.
func (p *Bar) Total(n int64) {
	p.mu.Lock()
	p.total = n
	p.mu.Unlock()
	if p.bar != nil {
		p.bar.SetTotal(n, false)
	}
}

// Add moves the bar on by n.
func (p *Bar) Add(n int64) {
	p.mu.Lock()
	p.done += n
	due := p.bar == nil && time.Since(p.last) >= lineEvery
	line := ""
	if due {
		p.last = time.Now()
		line = p.line()
	}
	p.mu.Unlock()
	if p.bar != nil {
		p.bar.IncrInt64(n)
	}
	if line != "" {
		p.board.Say("%s", line)
	}
}

// Note sets the short text behind the bar.
func (p *Bar) Note(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.note = fmt.Sprintf(format, args...)
}

// Done ends the bar, full or not.
func (p *Bar) Done() {
	p.mu.Lock()
	line := p.line()
	ended := p.closed
	p.closed = true
	p.mu.Unlock()
	switch {
	case ended:
	case p.bar != nil:
		p.bar.SetTotal(-1, true)
	default:
		p.board.Say("%s", line)
	}
}

func (p *Bar) line() string {
	if p.own != nil {
		return p.own()
	}
	s := fmt.Sprintf("%s: %d", p.name, p.done)
	if p.total > 0 {
		s += fmt.Sprintf(" of %d", p.total)
	}
	if p.note != "" {
		s += ", " + p.note
	}
	return s
}
