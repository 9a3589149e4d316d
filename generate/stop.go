package generate

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/shards/fault"
)

// stop makes the error of a run that ends early and can go on.
func (s *scheduler) stop(f finish, what, hint string) error {
	return &fault.Error{Op: "generate", Where: f.ticket.remote.url, Err: fmt.Errorf("%s: %w", what, f.err), Hint: hint, Code: fault.Incomplete}
}

// errBudget is the reason of a run that has no leave to spend more.
var errBudget = errors.New("the budget is used up")

func (s *scheduler) overBudget(err error) error {
	return &fault.Error{Op: "generate", Where: s.r.o.RunDir, Err: fmt.Errorf("%w: %w", errBudget, err), Hint: "raise it; the same command goes on", Code: fault.Incomplete}
}

func (s *scheduler) interrupted(ctx context.Context) error {
	return &fault.Error{Op: "generate", Where: s.r.o.RunDir, Err: ctx.Err(), Hint: "the same command goes on", Code: fault.Interrupted}
}

// draining tells that an interrupted run still waits for what is paid for.
func (s *scheduler) draining() {
	if s.inflight > 0 {
		s.r.tell(func(p Progress) {
			p.Note(fmt.Sprintf("stopping: %d requests in flight are waited for, %s at most; a second signal stops at once, and they are asked again", s.inflight, s.r.pace.drain))
		})
	}
}

// bury sends nothing more to an endpoint that is of no use, and halts the run
// where it was the last one.
func (s *scheduler) bury(f finish, err error) {
	e := f.ticket.remote
	if e.dead == nil {
		e.dead = err
		if s.r.remotes.left() > 0 {
			s.r.tell(func(p Progress) { p.Note("going on without an endpoint: " + err.Error()) })
		}
	}
	if s.r.remotes.left() == 0 {
		s.halt(s.r.remotes.death())
		return
	}
	f.task.due = time.Now()
	s.wait.add(f.task)
}

// fatal gives the error of an endpoint at which no other pair can do better, nil
// for the rest.
func (s *scheduler) fatal(f finish) error {
	e, at := f.err, f.ticket.remote
	switch e.Kind {
	case llm.Unauthorised:
		key := "name the environment variable with the key by --api-key-env"
		if at.keyEnv != "" {
			key = "correct the key in " + at.keyEnv
		}
		return s.stop(f, "the endpoint lets nobody in", key+"; the same command goes on")
	case llm.QuotaExhausted:
		return s.stop(f, "the quota is used up", "raise it; the same command goes on")
	case llm.ModelNotFound:
		return s.stop(f, fmt.Sprintf("the endpoint does not serve the model %q", at.model), "serve it there, or give the --model that GET "+at.url+"/models lists; the command goes on")
	}
	if err := s.blind(f); err != nil {
		return err
	}
	switch {
	case e.Unreached && s.r.remotes.nowhere():
		return fault.Input("reach endpoint", at.url, "start the server, or correct --endpoint", "%w", e)
	case !at.spoke && noAPI(e):
		return fault.Input("reach endpoint", at.url, "give the base URL of an OpenAI-compatible API, such as http://127.0.0.1:8000/v1", "%w", e)
	}
	if e.Kind == llm.BadRequest && !at.spoke && s.r.remotes.left() > 1 {
		if at.refused++; at.refused >= maxRefused {
			return s.stop(f, "the endpoint takes no request", "see to its settings; the command goes on")
		}
	}
	return nil
}

// elsewhere asks another endpoint, where one that never answered refuses a
// request: perhaps it is not the pair.
func (s *scheduler) elsewhere(f finish) bool {
	t, at := f.task, f.ticket.remote
	if f.err.Kind != llm.BadRequest || at.spoke || t.moved >= len(s.r.remotes.all) {
		return false
	}
	if left := s.r.remotes.left(); left == 0 || left == 1 && at.dead == nil {
		return false
	}
	t.moved++
	t.due = time.Now()
	s.wait.add(t)
	return true
}

// maxRefused is how many requests an endpoint that never answered may refuse,
// where there are others.
const maxRefused = 5

// noAPI tells a place where no such API is from one that has trouble.
func noAPI(e *llm.Error) bool {
	switch {
	case e.Status >= 500:
		return false
	case e.HTML, e.Status/100 == 3, e.Status == http.StatusNotFound, e.Status == http.StatusMethodNotAllowed:
		return true
	}
	return false
}
