package limit

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Quota is what an endpoint says about one of its limits.
type Quota struct {
	Limit     float64       // a minute; 0: not said
	Remaining float64       // what is left of it now
	Known     bool          // Remaining was said
	Reset     time.Duration // until all of it is there again; 0: not said
}

// Header is what an endpoint says about its limits in the headers of an answer.
type Header struct {
	Requests Quota
	Tokens   Quota // of questions and answers together
}

// ReadHeader reads x-ratelimit-limit-, -remaining- and -reset- of requests and
// tokens. What is missing or cannot be read counts as not said. Where the name
// ends in -minute, that is preferred.
func ReadHeader(h http.Header, now time.Time) Header {
	return Header{Requests: readQuota(h, "Requests", now), Tokens: readQuota(h, "Tokens", now)}
}

func readQuota(h http.Header, what string, now time.Time) Quota {
	get := func(part string) string {
		name := "X-Ratelimit-" + part + "-" + what
		if v := strings.TrimSpace(h.Get(name + "-Minute")); v != "" {
			return v
		}
		return strings.TrimSpace(h.Get(name))
	}
	var q Quota
	if n, ok := number(get("Limit")); ok {
		q.Limit = n
	}
	q.Remaining, q.Known = number(get("Remaining"))
	q.Reset = reset(get("Reset"), now)
	return q
}

// number reads a count: finite and not negative.
func number(v string) (float64, bool) {
	n, err := strconv.ParseFloat(v, 64)
	if err != nil || !(n >= 0) || n > 1<<53 {
		return 0, false
	}
	return n, true
}

// longestReset bounds what a header may ask for.
const longestReset = 24 * time.Hour

// reset reads "6m0s", "120ms", seconds, or a point in time in Unix seconds or
// milliseconds; 0 where there is none.
func reset(v string, now time.Time) time.Duration {
	if d, err := time.ParseDuration(v); err == nil {
		return min(max(d, 0), longestReset)
	}
	n, err := strconv.ParseFloat(v, 64)
	switch {
	case err != nil || math.IsNaN(n) || n <= 0:
		return 0
	case n > 1e12:
		n = n/1e3 - float64(now.UnixMilli())/1e3
	case n > 1e9:
		n -= float64(now.UnixMilli()) / 1e3
	}
	return time.Duration(min(max(n, 0), longestReset.Seconds()) * float64(time.Second))
}
