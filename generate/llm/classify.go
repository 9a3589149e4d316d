package llm

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// spoken is what an error body says.
type spoken struct {
	message string
	codes   []string // its code, type and inner code, lower case
	status  int      // a code that is an HTTP status, else 0
	param   string   // the field of the request that it names
	nested  bool     // under "error", as against flat in the body
}

// parseFault reads an error body in its known shapes:
// {"error":{...}}, {"error":"text","error_type":...}, {"object":"error",...},
// {"detail":...}, {"message":...}.
func parseFault(body []byte) (spoken, bool) {
	var doc struct {
		Error     json.RawMessage `json:"error"`
		ErrorType loose           `json:"error_type"`
		Object    loose           `json:"object"`
		Detail    json.RawMessage `json:"detail"`
		Message   loose           `json:"message"`
	}
	if json.Unmarshal(body, &doc) != nil {
		return spoken{}, false
	}
	var text string
	switch {
	case len(doc.Error) > 0 && doc.Error[0] == '{' && string(doc.Error) != "{}":
		s := fields(doc.Error)
		s.nested = true
		return s, true
	case json.Unmarshal(doc.Error, &text) == nil && text != "":
		return spoken{message: text, codes: []string{strings.ToLower(string(doc.ErrorType))}, nested: true}, true
	case doc.Object == "error", doc.Message != "":
		return fields(body), true
	case len(doc.Detail) > 0 && string(doc.Detail) != "null":
		if json.Unmarshal(doc.Detail, &text) != nil {
			text = string(doc.Detail)
		}
		return spoken{message: text}, true
	}
	return spoken{}, false
}

// fields reads the object that describes an error.
func fields(raw []byte) spoken {
	var e struct {
		Message json.RawMessage `json:"message"`
		Type    loose           `json:"type"`
		Code    json.RawMessage `json:"code"`
		Param   loose           `json:"param"`
		Inner   struct {
			Code loose `json:"code"`
		} `json:"innererror"`
	}
	if json.Unmarshal(raw, &e) != nil {
		return spoken{message: string(raw)}
	}
	s := spoken{message: strings.Trim(string(e.Message), `"`), param: string(e.Param)}
	var text string
	if json.Unmarshal(e.Message, &text) == nil {
		s.message = text
	}
	code := strings.Trim(string(e.Code), `"`)
	if n, err := strconv.Atoi(code); err == nil && n >= 400 && n < 600 {
		s.status = n
	}
	for _, c := range []string{code, string(e.Type), string(e.Inner.Code)} {
		if c != "" && c != "null" {
			s.codes = append(s.codes, strings.ToLower(c))
		}
	}
	return s
}

func (s spoken) has(codes ...string) bool {
	return slices.ContainsFunc(s.codes, func(c string) bool { return slices.Contains(codes, c) })
}

// within gives the error of an error object that came with a status of 2xx.
func (s spoken) within(status int, header http.Header) *Error {
	e := &Error{Kind: ErrorBody}
	if s.status != 0 {
		e = s.err(s.status, header)
	} else if k := s.kind(http.StatusBadRequest); k != BadRequest {
		e.Kind = k
	}
	e.Status, e.Message, e.Code = status, oneLine(s.message), strings.Join(s.codes, ", ")
	return e
}

// classify gives the error of a response with another status than 2xx.
func classify(status int, header http.Header, body []byte) *Error {
	s, ok := parseFault(body)
	if !ok && !isHTML(header, body) {
		s.message = string(body[:min(len(body), longest)])
	}
	e := s.err(status, header)
	if isHTML(header, body) {
		e.HTML, e.Message = true, "a web page came, not JSON: "+title(body)
	}
	if status >= 300 && status < 400 {
		e.Message = "the endpoint redirects to " + oneLine(header.Get("Location"))
	}
	return e
}

func (s spoken) err(status int, header http.Header) *Error {
	e := &Error{Kind: s.kind(status), Status: status, Message: oneLine(s.message), Code: strings.Join(s.codes, ", "), Param: s.param}
	if e.Retryable() {
		e.RetryAfter = retryAfter(header, s.message, time.Now())
	}
	return e
}

var (
	tooLong   = regexp.MustCompile(`(?i)context (length|size|window)|maximum context|too long|too many tokens|n_ctx|input length|longer than`)
	noModel   = regexp.MustCompile(`(?i)\bmodel\b`)
	quotaCode = []string{"insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "insufficient_balance", "insufficient_credits"}
)

// kind tells apart by status first, then by code; the words of the message
// count only where a status alone leaves a known doubt.
func (s spoken) kind(status int) Kind {
	switch {
	case s.has("content_filter", "content_policy_violation", "responsibleaipolicyviolation"):
		return ContentFiltered
	case s.has("context_length_exceeded", "exceed_context_size_error", "string_above_max_length"):
		return ContextTooLong
	case s.has("model_not_found"):
		return ModelNotFound
	case status == http.StatusPaymentRequired, s.has(quotaCode...):
		return QuotaExhausted
	}
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		return Unauthorised
	case http.StatusTooManyRequests:
		return RateLimited
	case http.StatusRequestTimeout:
		return TimedOut
	case http.StatusRequestEntityTooLarge:
		return ContextTooLong
	case http.StatusConflict, http.StatusFailedDependency, http.StatusTooEarly: // 424 is TGI's failed generation
		return Overloaded
	case http.StatusNotFound:
		if noModel.MatchString(s.message) {
			return ModelNotFound
		}
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		if tooLong.MatchString(s.message) {
			return ContextTooLong
		}
	}
	if status >= 500 {
		return Overloaded
	}
	return BadRequest
}
