package progress

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/pcclip/pcclip/generate"
)

// GenerationBar shows generate's progress: a bar on a terminal, elsewhere one
// line of key=value pairs every ten seconds.
type GenerationBar struct {
	bar *Bar

	mu   sync.Mutex
	last generate.Status
}

// Generation gives a bar the methods that generate reports to.
func Generation(bar *Bar) *GenerationBar {
	g := &GenerationBar{bar: bar}
	bar.own = func() string { return record(bar.name, g.Last()) }
	return g
}

// Start sets the number of pairs.
func (g *GenerationBar) Start(total int64) { g.bar.Total(total) }

// Settled moves the bar. Calls come one at a time.
func (g *GenerationBar) Settled(accepted, rejected, failed int64) {
	g.bar.Add(accepted + rejected + failed)
}

// Status shows what is going on behind the bar.
func (g *GenerationBar) Status(s generate.Status) {
	note := fmt.Sprintf("%d accepted, %d rejected%s, %d failed, %d in flight, %.0f pairs/s, %.0f tokens/s",
		s.Accepted, s.Rejected, reasons(s.Reasons), s.Failed, s.InFlight, s.PairRate, s.TokRate)
	if s.Waiting > 0 {
		note += fmt.Sprintf(", %d waiting", s.Waiting)
	}
	if s.Spend.Cost > 0 {
		note += fmt.Sprintf(", cost %.4f", s.Spend.Cost)
	}
	g.mu.Lock()
	g.last = s
	g.mu.Unlock()
	g.bar.Note("%s", note)
	g.bar.Add(0)
}

// Done ends the bar.
func (g *GenerationBar) Done() { g.bar.Done() }

// Last gives the latest status.
func (g *GenerationBar) Last() generate.Status {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.last
}

// Note prints a line above the bars.
func (g *GenerationBar) Note(line string) { g.bar.board.Say("%s", line) }

// shownReasons is how many reasons a bar has room for.
const shownReasons = 3

// reasons names the most frequent ones, in brackets; "" where there are none.
func reasons(n map[string]int64) string {
	if len(n) == 0 {
		return ""
	}
	names := slices.SortedFunc(maps.Keys(n), func(a, b string) int { return cmp.Or(cmp.Compare(n[b], n[a]), cmp.Compare(a, b)) })
	var parts []string
	for _, name := range names[:min(len(names), shownReasons)] {
		parts = append(parts, fmt.Sprintf("%s %d", name, n[name]))
	}
	if len(names) > shownReasons {
		parts = append(parts, "...")
	}
	return " (" + strings.Join(parts, ", ") + ")"
}
