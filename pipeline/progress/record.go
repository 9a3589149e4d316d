package progress

import (
	"bytes"
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pcclip/pcclip/generate"
)

// record gives a status as one line of key=value pairs, for logs.
func record(name string, s generate.Status) string {
	var line bytes.Buffer
	h := slog.NewTextHandler(&line, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.LevelKey {
			return slog.Attr{}
		}
		return a
	}})
	r := slog.NewRecord(s.Time, slog.LevelInfo, name, 0)
	r.AddAttrs(
		slog.Int64("planned", s.Planned), slog.Int64("accepted", s.Accepted), slog.Int64("rejected", s.Rejected), slog.Int64("failed", s.Failed),
		slog.Int64("pending", s.Planned-s.Accepted-s.Rejected-s.Failed),
		slog.Int("in_flight", s.InFlight), slog.Int("allowed", s.Allowed), slog.Int("waiting", s.Waiting),
		slog.Float64("pairs_per_second", tenth(s.PairRate)), slog.Float64("tokens_per_second", tenth(s.TokRate)),
		slog.Int64("requests", s.Spend.Requests), slog.Int64("prompt_tokens", s.Spend.Prompt), slog.Int64("completion_tokens", s.Spend.Completion),
		slog.Float64("cost", s.Spend.Cost), slog.Duration("eta", s.Left().Round(time.Second)),
	)
	for _, reason := range slices.Sorted(maps.Keys(s.Reasons)) {
		r.AddAttrs(slog.Int64("rejected."+reason, s.Reasons[reason]))
	}
	for _, kind := range slices.Sorted(maps.Keys(s.Troubles)) {
		r.AddAttrs(slog.Int64("trouble."+string(kind), s.Troubles[kind]))
	}
	if err := h.Handle(context.Background(), r); err != nil {
		return "" // a buffer takes everything
	}
	return strings.TrimSuffix(line.String(), "\n")
}

func tenth(x float64) float64 { return float64(int64(x*10+.5)) / 10 }
