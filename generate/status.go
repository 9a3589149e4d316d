package generate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"time"

	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/shards/fault"
)

// Status is how a run stands at one moment.
type Status struct {
	Process int       `json:"process"` // its id
	Running bool      `json:"running"`
	Time    time.Time `json:"time"`
	Model   string    `json:"model"`

	Endpoints []EndpointStatus `json:"endpoints"`

	Planned  int64 `json:"planned"`
	Accepted int64 `json:"accepted"`
	Rejected int64 `json:"rejected"`
	Failed   int64 `json:"failed"`

	Reasons  map[string]int64   `json:"reject_reasons,omitempty"` // of Rejected
	Troubles map[llm.Kind]int64 `json:"troubles,omitempty"`       // requests of this call without a usable answer

	InFlight int     `json:"in_flight"`
	Allowed  int     `json:"allowed"` // requests that may be in flight
	Waiting  int     `json:"waiting"` // pairs that wait for another try
	Spend    Spend   `json:"spend"`
	PairRate float64 `json:"pairs_per_second"` // over the last half minute, here and below
	TokRate  float64 `json:"completion_tokens_per_second"`
}

// EndpointStatus is how one endpoint stands.
type EndpointStatus struct {
	URL      string `json:"url"`
	InFlight int    `json:"in_flight"`
	Allowed  int    `json:"allowed"`
	Dead     string `json:"dead,omitempty"`  // why nothing is sent there any more
	Batch    bool   `json:"batch,omitempty"` // asked in batches: InFlight counts their requests
}

// Left gives the time until the end at the present rate; 0 is unknown.
func (s Status) Left() time.Duration {
	if s.PairRate <= 0 {
		return 0
	}
	left := float64(s.Planned - s.Accepted - s.Rejected - s.Failed)
	return time.Duration(left / s.PairRate * float64(time.Second)).Round(time.Second)
}

// Line gives the status on one line.
func (s Status) Line() string {
	line := fmt.Sprintf("%d of %d: %d accepted, %d rejected, %d failed; %d of %d in flight, %d waiting; %.0f pairs/s, %.0f tokens/s; %d requests",
		s.Accepted+s.Rejected+s.Failed, s.Planned, s.Accepted, s.Rejected, s.Failed, s.InFlight, s.Allowed, s.Waiting, s.PairRate, s.TokRate, s.Spend.Requests)
	if s.Spend.Cost > 0 {
		line += fmt.Sprintf(", cost %.4f", s.Spend.Cost)
	}
	if left := s.Left(); s.Running && left > 0 {
		line += fmt.Sprintf("; %s left", left)
	}
	return line
}

const (
	statusFile  = ".generate.json"
	statusEvery = time.Second
	rateWindow  = 30 // statuses
)

// ReadStatus reads how the run in a folder stands, or stood when it ended.
func ReadStatus(runDir string) (Status, error) {
	path := filepath.Join(runDir, statusFile)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Status{}, fault.Input("read status", runDir, "start it with pcclip generate", "nothing has been generated here yet")
	}
	if err != nil {
		return Status{}, fmt.Errorf("read status: %w", err)
	}
	var s Status
	if err := json.Unmarshal(b, &s); err != nil {
		return Status{}, fault.Input("read status", path, "it is written anew by pcclip generate", "%w", err)
	}
	return s, nil
}

// reporter makes statuses, and with them the rates.
type reporter struct {
	past []Status // the latest last
}

// report tells progress and the status file how the run stands.
func (s *scheduler) report(running bool) {
	r := s.r
	r.mu.Lock()
	now := Status{
		Process: os.Getpid(), Running: running, Time: time.Now().UTC(), Endpoints: r.remotes.status(), Model: r.o.Model,
		Planned: r.told.planned, Accepted: r.told.accepted, Rejected: r.told.rejected, Failed: r.told.failed,
		Reasons: maps.Clone(r.reasons), Troubles: maps.Clone(s.troubles),
		InFlight: s.inflight, Allowed: s.allowed(), Waiting: len(s.wait), Spend: r.ledger.spent(),
	}
	r.mu.Unlock()
	r.reporter.rate(&now)
	r.tell(func(p Progress) { p.Status(now) })
	if err := writeStatus(r.o.RunDir, now); err != nil && running {
		r.tell(func(p Progress) { p.Note("the status file cannot be written: " + err.Error()) })
	}
}

func (p *reporter) rate(now *Status) {
	p.past = append(p.past, *now)
	if len(p.past) > rateWindow {
		p.past = p.past[1:]
	}
	first := p.past[0]
	if seconds := now.Time.Sub(first.Time).Seconds(); seconds > 0 {
		done := func(s Status) int64 { return s.Accepted + s.Rejected + s.Failed }
		now.PairRate = float64(done(*now)-done(first)) / seconds
		now.TokRate = float64(now.Spend.Completion-first.Spend.Completion) / seconds
	}
}

// writeStatus replaces the file in one step. It is not synced: it tells of the
// moment only.
func writeStatus(dir string, s Status) error {
	doc, err := json.Marshal(s)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, statusFile)
	if err := os.WriteFile(path+".new", append(doc, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
