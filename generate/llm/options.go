package llm

import (
	"os"
	"strings"
	"time"

	"github.com/pcclip/pcclip/shards/fault"
)

// Names of the field that caps an answer.
const (
	CapAuto             = "auto"                  // max_tokens, until the endpoint refuses that field
	MaxTokens           = "max_tokens"            // understood nearly everywhere
	MaxCompletionTokens = "max_completion_tokens" // OpenAI's reasoning models take only this
)

// Options describe how one endpoint is reached.
type Options struct {
	URL         string        // with or without /v1; see Address
	KeyEnv      string        // environment variable with the key; "" sends none
	Concurrency int           // requests in flight at most, which sizes the connection pool
	Connect     time.Duration // time-out of a connection, TLS included
	FirstByte   time.Duration // time-out from the request sent to the header; 0: Total alone counts
	Stall       time.Duration // how long a response that has begun may pause
	Total       time.Duration // time-out of a request as a whole; less once it is known how long answers take
	CapField    string        // CapAuto, MaxTokens or MaxCompletionTokens
}

// DefaultOptions fit a local server; URL is left to set.
func DefaultOptions() Options {
	return Options{Concurrency: 16, Connect: 10 * time.Second, Stall: 30 * time.Second, Total: 120 * time.Second, CapField: CapAuto}
}

// Validate refuses what cannot work, by a fault.
func (o Options) Validate() error {
	if _, err := Address(o.URL); err != nil {
		return err
	}
	switch {
	case o.Concurrency < 1 || o.Concurrency > 10_000:
		return fault.Input("read concurrency", "", "give 1 to 10000", "%d requests in flight", o.Concurrency)
	case o.Connect <= 0 || o.Total <= 0 || o.Stall <= 0 || o.FirstByte < 0:
		return fault.Input("read time-outs", "", "give positive durations", "connect %s, first byte %s, total %s", o.Connect, o.FirstByte, o.Total)
	case o.CapField != CapAuto && o.CapField != MaxTokens && o.CapField != MaxCompletionTokens:
		return fault.Input("read cap field", o.CapField, "give "+CapAuto+", "+MaxTokens+" or "+MaxCompletionTokens, "unknown name")
	}
	return nil
}

// key reads the key from the environment; it never appears in an error.
func (o Options) key() (string, error) {
	if o.KeyEnv == "" {
		return "", nil
	}
	key := strings.TrimSpace(os.Getenv(o.KeyEnv))
	if key == "" {
		return "", fault.Input("read key", "environment variable "+o.KeyEnv, "set it, or leave the option out for a server without keys", "it is empty")
	}
	for _, r := range key {
		if r <= ' ' || r > '~' {
			return "", fault.Input("read key", "environment variable "+o.KeyEnv, "copy the key again", "it holds a character that no header can carry")
		}
	}
	return key, nil
}
