package progress

import (
	"fmt"
	"sync"

	"github.com/pcclip/pcclip/generate"
)

// GenerationBar shows generate's progress on a bar.
type GenerationBar struct {
	bar                        *Bar
	accepted, rejected, failed int64

	mu   sync.Mutex
	last generate.Status
}

// Generation gives a bar the methods that generate reports to.
func Generation(bar *Bar) *GenerationBar { return &GenerationBar{bar: bar} }

// Start sets the number of pairs.
func (g *GenerationBar) Start(total int64) { g.bar.Total(total) }

// Settled moves the bar. Calls come one at a time.
func (g *GenerationBar) Settled(accepted, rejected, failed int64) {
	g.accepted, g.rejected, g.failed = g.accepted+accepted, g.rejected+rejected, g.failed+failed
	g.bar.Note("%d accepted, %d rejected, %d failed", g.accepted, g.rejected, g.failed)
	g.bar.Add(accepted + rejected + failed)
}

// Status shows what is going on behind the bar.
func (g *GenerationBar) Status(s generate.Status) {
	note := fmt.Sprintf("%d accepted, %d rejected, %d failed, %d in flight, %.0f pairs/s, %.0f tokens/s", g.accepted, g.rejected, g.failed, s.InFlight, s.PairRate, s.TokRate)
	if s.Waiting > 0 {
		note += fmt.Sprintf(", %d waiting", s.Waiting)
	}
	if s.Spend.Cost > 0 {
		note += fmt.Sprintf(", cost %.4f", s.Spend.Cost)
	}
	if g.bar.bar == nil && s.Left() > 0 {
		note += fmt.Sprintf(", %s left", s.Left())
	}
	g.bar.Note("%s", note)
	g.bar.Add(0)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.last = s
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
