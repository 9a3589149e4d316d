package main

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// screen shows lines and the progress of a download: in place on a terminal,
// else as a line for every tenth part.
type screen struct {
	w        io.Writer
	terminal bool
	open     bool  // a progress line waits for its end
	tenth    int64 // last one said
}

func newScreen(w io.Writer) *screen {
	f, ok := w.(*os.File)
	return &screen{w: w, terminal: ok && term.IsTerminal(int(f.Fd()))}
}

// say writes a line.
func (s *screen) say(line string) {
	s.end()
	fmt.Fprintln(s.w, "libtorch:", line)
}

// progress shows that done of total bytes are there.
func (s *screen) progress(done, total int64) {
	if total <= 0 {
		return
	}
	if s.terminal {
		fmt.Fprintf(s.w, "\rlibtorch: %5.1f of %.1f MB (%d%%) ", float64(done)/1e6, float64(total)/1e6, done*100/total)
		s.open = true
		return
	}
	if tenth := done * 10 / total; tenth > s.tenth {
		s.tenth = tenth
		fmt.Fprintf(s.w, "libtorch: %.1f of %.1f MB\n", float64(done)/1e6, float64(total)/1e6)
	}
}

// end closes a progress line.
func (s *screen) end() {
	if s.open {
		fmt.Fprintln(s.w)
		s.open = false
	}
}
