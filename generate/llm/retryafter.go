package llm

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// longestWait bounds what a server may ask for: a wish of a day is asked again
// in an hour.
const longestWait = time.Hour

// retryAfter reads how long the server wants to be left alone, 0 where it does
// not say: retry-after-ms, Retry-After in seconds or as a date, the reset times
// of exhausted x-ratelimit limits, and at last the words of the message.
func retryAfter(h http.Header, message string, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(strings.TrimSpace(h.Get("Retry-After-Ms")), 64); err == nil {
		return bounded(ms / 1000)
	}
	if v := strings.TrimSpace(h.Get("Retry-After")); v != "" {
		if s, err := strconv.ParseFloat(v, 64); err == nil {
			return bounded(s)
		}
		if at, err := http.ParseTime(v); err == nil {
			// The server's own clock counts, where it shows it.
			if date, err := http.ParseTime(h.Get("Date")); err == nil {
				now = date
			}
			return bounded(at.Sub(now).Seconds())
		}
		if d, err := time.ParseDuration(v); err == nil {
			return bounded(d.Seconds())
		}
	}
	if d := resets(h, now); d > 0 {
		return d
	}
	return inWords(message)
}

// resets gives the latest reset of the limits of which nothing remains; a limit
// that does not say what remains counts as exhausted.
func resets(h http.Header, now time.Time) time.Duration {
	var latest time.Duration
	for _, what := range []string{"", "-Requests", "-Tokens"} {
		if left, err := strconv.ParseFloat(h.Get("X-Ratelimit-Remaining"+what), 64); err == nil && left > 0 {
			continue
		}
		latest = max(latest, resetIn(strings.TrimSpace(h.Get("X-Ratelimit-Reset"+what)), now))
	}
	return latest
}

// resetIn reads "120ms", "6m0s", seconds, or a point in time in Unix seconds or
// milliseconds.
func resetIn(v string, now time.Time) time.Duration {
	if d, err := time.ParseDuration(v); err == nil {
		return bounded(d.Seconds())
	}
	n, err := strconv.ParseFloat(v, 64)
	switch {
	case err != nil:
		return 0
	case n > 1e12:
		return bounded(n/1000 - float64(now.UnixMilli())/1000)
	case n > 1e9:
		return bounded(n - float64(now.UnixMilli())/1000)
	}
	return bounded(n)
}

var wait = regexp.MustCompile(`(?i)(?:try again|retry|wait)[a-z ]{0,24}?(?:in|after|for)? ?((?:\d+h)?(?:\d+m)?\d+(?:\.\d+)? ?(?:ms|s|m|h|seconds?|minutes?))\b`)

func inWords(message string) time.Duration {
	m := wait.FindStringSubmatch(message)
	if m == nil {
		return 0
	}
	v := strings.ToLower(strings.ReplaceAll(m[1], " ", ""))
	for _, unit := range []struct{ long, short string }{{"seconds", "s"}, {"second", "s"}, {"minutes", "m"}, {"minute", "m"}} {
		v = strings.Replace(v, unit.long, unit.short, 1)
	}
	d, err := time.ParseDuration(v)
	if err != nil {
		return 0
	}
	return bounded(d.Seconds())
}

// bounded turns seconds into a wait between 0 and longestWait; NaN gives 0.
func bounded(seconds float64) time.Duration {
	if !(seconds > 0) {
		return 0
	}
	if seconds > longestWait.Seconds() {
		return longestWait
	}
	return time.Duration(seconds * float64(time.Second))
}
