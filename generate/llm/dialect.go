package llm

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"sync/atomic"
)

// dialect is how an endpoint wants to be told what servers do not agree on. It
// begins with the usual form and learns from refusals.
type dialect struct {
	capFixed bool                   // the name of the cap's field is a setting
	capField atomic.Pointer[string] // MaxTokens or MaxCompletionTokens
	form     atomic.Int32           // index in forms
}

// forms are the ways to ask for JSON, from the strictest. The last one says
// nothing: then the words of the prompt have to do.
var forms = []string{"json_schema", "json_object", ""}

func (d *dialect) start(capField string) {
	d.capFixed = capField != CapAuto
	if !d.capFixed {
		capField = MaxTokens
	}
	d.capField.Store(&capField)
}

// tongue is the dialect as one request speaks it.
type tongue struct {
	capField string
	form     int32
}

func (d *dialect) now() tongue { return tongue{*d.capField.Load(), d.form.Load()} }

var aboutForm = regexp.MustCompile(`(?i)response_format|json_schema|json_object|structured.output`)

// learn changes the dialect where the endpoint refuses a part of what was said.
// It tells whether there is something new to try, which another request may
// have found meanwhile.
func (d *dialect) learn(said tongue, r Request, err error) bool {
	var e *Error
	if !errors.As(err, &e) || e.Kind != BadRequest {
		return false
	}
	if e.Param == MaxTokens && !d.capFixed && said.capField == MaxTokens {
		other := MaxCompletionTokens
		d.capField.Store(&other)
		return true
	}
	about := strings.HasPrefix(e.Param, "response_format") || e.Param == "" && aboutForm.MatchString(e.Message)
	if r.Schema == nil || !about || int(said.form) == len(forms)-1 {
		return false
	}
	d.form.CompareAndSwap(said.form, said.form+1)
	return true
}

// responseFormat gives the field that asks for JSON, nil for none.
func (t tongue) responseFormat(schema json.RawMessage) any {
	switch name := forms[t.form]; {
	case schema == nil || name == "":
		return nil
	case name == "json_schema":
		return map[string]any{"type": name, "json_schema": map[string]any{"name": "answer", "strict": true, "schema": schema}}
	default:
		return map[string]any{"type": name}
	}
}
