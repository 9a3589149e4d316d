package generate

import (
	"context"
	"fmt"
	"net/http"

	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/shards/fault"
)

// stop makes the error of a run that ends early and can go on.
func (s *scheduler) stop(e *llm.Error, what, hint string) error {
	return &fault.Error{Op: "generate", Where: s.r.endpoint, Err: fmt.Errorf("%s: %w", what, e), Hint: hint, Code: fault.Incomplete}
}

func (s *scheduler) overBudget(err error) error {
	return &fault.Error{Op: "generate", Where: s.r.o.RunDir, Err: fmt.Errorf("the budget is used up: %w", err), Hint: "raise it; the same command goes on", Code: fault.Incomplete}
}

func (s *scheduler) interrupted(ctx context.Context) error {
	return &fault.Error{Op: "generate", Where: s.r.o.RunDir, Err: ctx.Err(), Hint: "the same command goes on", Code: fault.Interrupted}
}

// fatal gives the error of what no other pair can do better, nil for the rest.
// heard tells whether the endpoint gave any response before.
func (s *scheduler) fatal(e *llm.Error, heard bool) error {
	switch e.Kind {
	case llm.Unauthorised:
		key := "name the environment variable with the key by --api-key-env"
		if s.r.o.APIKeyEnv != "" {
			key = "correct the key in " + s.r.o.APIKeyEnv
		}
		return s.stop(e, "the endpoint lets nobody in", key+"; the same command goes on")
	case llm.QuotaExhausted:
		return s.stop(e, "the quota is used up", "raise it; the same command goes on")
	case llm.ModelNotFound:
		return s.stop(e, fmt.Sprintf("the endpoint does not serve the model %q", s.r.o.Model), "serve it there, or give the --model that GET "+s.r.endpoint+"/models lists; the command goes on")
	}
	switch {
	case e.Unreached && !heard:
		return fault.Input("reach endpoint", s.r.endpoint, "start the server, or correct --endpoint", "%w", e)
	case !s.health.spoke && noAPI(e):
		return fault.Input("reach endpoint", s.r.endpoint, "give the base URL of an OpenAI-compatible API, such as http://127.0.0.1:8000/v1", "%w", e)
	}
	return nil
}

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
