package progress

// GenerationBar shows generate's progress on a bar.
type GenerationBar struct {
	bar                        *Bar
	accepted, rejected, failed int64
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

// Note prints a line above the bars.
func (g *GenerationBar) Note(line string) { g.bar.board.Say("%s", line) }
