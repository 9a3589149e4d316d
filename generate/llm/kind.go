package llm

import (
	"fmt"
	"strings"
	"time"
)

// Kind names what went wrong with a request.
type Kind string

// Kinds of a request that got no usable answer. The second group arrives with
// status 200.
const (
	RateLimited     Kind = "rate_limited"     // wait and ask again
	QuotaExhausted  Kind = "quota_exhausted"  // no money or quota left: waiting does not help
	Overloaded      Kind = "overloaded"       // the server cannot now: 5xx, loading, aborted
	Unauthorised    Kind = "unauthorised"     // no key, a wrong key, or no right to the model
	ModelNotFound   Kind = "model_not_found"  // the endpoint does not serve this model
	ContextTooLong  Kind = "context_too_long" // prompt and cap exceed the model's context
	BadRequest      Kind = "bad_request"      // the endpoint refuses this request, now and always
	ContentFiltered Kind = "content_filtered" // a filter took the question or the answer
	Transport       Kind = "transport"        // refused, reset, no such host, TLS
	TimedOut        Kind = "timed_out"        // connect, first byte or total
	Canceled        Kind = "canceled"         // the caller's context ended
	Malformed       Kind = "malformed"        // cut JSON, HTML, null, not a completion
	Unasked         Kind = "unasked"          // its batch ended before
	Unreadable      Kind = "image_unreadable" // an image of the question cannot be read here; nothing was sent

	ErrorBody     Kind = "error_body"     // an error object instead of an answer
	NoChoices     Kind = "no_choices"     // a completion without a choice
	Blank         Kind = "blank"          // white space only, or nothing
	ReasoningOnly Kind = "reasoning_only" // it thought, and said nothing
	Length        Kind = "length"         // cut at the cap
	Refusal       Kind = "refusal"        // the model declined
)

// retryable are the kinds after which the same request may well succeed.
var retryable = map[Kind]bool{
	RateLimited: true, Overloaded: true, Transport: true, TimedOut: true, Malformed: true,
	ErrorBody: true, NoChoices: true, Blank: true, Unasked: true,
}

// Retryable tells whether asking the same again may help.
func (k Kind) Retryable() bool { return retryable[k] }

// Error is a request that got no usable answer. Its text is one line and holds
// no key.
type Error struct {
	Kind       Kind
	Status     int           // HTTP status; 0 where no response came
	RetryAfter time.Duration // the server's wish; 0 where it has none
	Message    string        // the server's words or the cause, one line
	Code       string        // the server's error code or type, as it names it
	Param      string        // the field of the request that the server names
	HTML       bool          // the body was a web page
	Unreached  bool          // no connection: refused, no such host, TLS
	cause      error
}

// Error gives "kind (status N): message".
func (e *Error) Error() string {
	s := strings.ReplaceAll(string(e.Kind), "_", " ")
	if e.Status != 0 {
		s += fmt.Sprintf(" (status %d)", e.Status)
	}
	if e.Message != "" {
		s += ": " + e.Message
	}
	return s
}

// Unwrap gives context.Canceled or context.DeadlineExceeded where one of them
// is the cause, else nil: other causes may carry what must not be shown.
func (e *Error) Unwrap() error { return e.cause }

// Retryable tells whether asking the same again may help.
func (e *Error) Retryable() bool { return e.Kind.Retryable() }
