package generate

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/pcclip/pcclip/generate/batch"
	"github.com/pcclip/pcclip/generate/limit"
	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/prompts"
	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

// Options of a run. The zero value does not validate; begin with DefaultOptions.
type Options struct {
	RunDir    string // existing folder
	Endpoint  string // base URL, see llm.Address
	Model     string
	APIKeyEnv string // environment variable with the key; "" sends none
	Prompt    string // id of a built-in prompt, or the path of a text file
	Rules     string // name of a built-in rule set, see check.Names, or the path of a file of rules

	Concurrency int           // requests in flight: so many at all times; 0: as many as the endpoint is worth
	MostAtOnce  int           // requests in flight at most, where Concurrency is 0
	Rates       limit.Rates   // what the endpoint allows in a minute
	Others      []Endpoint    // that share the work
	Pairs       int64         // pairs to ask about: so many from the front of the plan, each split by its share; 0: all
	Rows        int64         // rows to accept: go on along the plan, each split up to its share, until there are so many; 0: no such goal
	Replicates  int           // texts of each pair; 0 is 1
	Told        int           // captions of each image that the plan's pairs tell; recorded only
	MaxAttempts int           // requests for one pair that may fail; being told to slow down does not count
	Timeout     time.Duration // of one request as a whole; 0: by MaxTokens
	Budget      Budget        // what the run may spend, over all its calls
	Price       Price         // of tokens; zero: costs are not counted
	Outage      time.Duration // an endpoint that is down is waited for so long; 0: not at all
	Batches     Batches       // whether the provider's Batch API is used
	RetryFailed bool          // ask again about pairs that failed in an earlier call

	Temperature float64        // always sent, 0 too
	TopP        float64        // 0: not sent
	MaxTokens   int            // cap on an answer, in tokens; 0: not sent
	CapField    string         // llm.CapAuto, llm.MaxTokens or llm.MaxCompletionTokens
	Seed        *int64         // the endpoint's sampling seed; nil: not sent
	Extra       map[string]any // further fields of a request; nil as a value takes a field out

	Pictures    Pictures         // the images, for prompts that show them; else nil
	CountTokens func(string) int // CLIP tokens of a text; nil leaves the column empty
	// Manifest is the caller's part of the manifest: the tool, the seed and
	// source of the plan, further files. The rest is filled in.
	Manifest shards.Manifest
}

// DefaultOptions leave RunDir, Endpoint and Model to set. The cap leaves room
// for twice the 45 words that the prompt asks for.
func DefaultOptions() Options {
	return Options{
		Prompt: "paper", Rules: "strict", MostAtOnce: 256, Rates: limit.DefaultRates(), MaxAttempts: 5, Outage: 30 * time.Minute,
		MaxTokens: 160, TopP: 1, CapField: llm.CapAuto, Batches: Batches{Limits: batch.Default()},
	}
}

// RulesFor gives the rules that fit the answers of a prompt.
func RulesFor(p prompts.Prompt) string {
	switch p.Form {
	case prompts.Rewrite:
		return "caption"
	case prompts.Judge:
		return judgeRules
	}
	return "strict"
}

// Validate refuses what cannot work, by a fault that names the setting.
func (o Options) Validate() error {
	refuse := func(what, hint, format string, args ...any) error {
		return fault.Input("read settings", what, hint, format, args...)
	}
	finite := func(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }
	switch {
	case o.RunDir == "":
		return refuse("run", "give --run DIR", "no run folder")
	case strings.TrimSpace(o.Model) == "":
		return refuse("model", "give --model NAME, as the endpoint names it", "no model")
	case o.Pairs < 0:
		return refuse("pairs", "give a number of pairs, or 0 for all", "%d pairs", o.Pairs)
	case o.Rows < 0:
		return refuse("rows", "give a number of rows to accept, or 0 to ask about all pairs", "%d rows", o.Rows)
	case o.Rows > 0 && o.Pairs > 0:
		return refuse("rows", "give --pairs or --rows", "%d pairs and %d rows at once", o.Pairs, o.Rows)
	case o.Replicates < 0 || o.Replicates > 1000:
		return refuse("replicates", "give 1 to 1000 texts of each pair", "%d", o.Replicates)
	case o.Replicates > 1 && o.Temperature == 0:
		return refuse("replicates", "give a temperature above 0", "at temperature 0 the %d texts of a pair would be equal", o.Replicates)
	case o.MaxAttempts < 1 || o.MaxAttempts > 100:
		return refuse("max attempts", "give 1 to 100", "%d attempts", o.MaxAttempts)
	case o.Outage < 0:
		return refuse("outage", "give a time such as 30m, or 0 not to wait", "%v", o.Outage)
	case !finite(o.Temperature) || o.Temperature < 0 || o.Temperature > 5:
		return refuse("temperature", "give 0 to 2", "temperature %v", o.Temperature)
	case !finite(o.TopP) || o.TopP < 0 || o.TopP > 1:
		return refuse("top p", "give a number above 0, at most 1; or 0 not to send it", "top p %v", o.TopP)
	case o.MaxTokens < 0:
		return refuse("max tokens", "give the cap of an answer in tokens, or 0 not to send it", "%d tokens", o.MaxTokens)
	}
	if err := cmp.Or(o.validateExtra(), o.validateBudget(), o.validateBatches()); err != nil {
		return err
	}
	for _, e := range o.endpoints() {
		if err := e.validate(o); err != nil {
			return err
		}
	}
	return nil
}

// most gives how many requests may ever be in flight, outside of batches.
func (o Options) most() int {
	n := 0
	for _, e := range o.endpoints() {
		if !e.Batch || !o.batchesBeside() {
			n += e.most()
		}
	}
	return n
}

// owned are the fields of a request that cannot be set as extra fields.
var (
	owned = []string{"model", "messages", "stream", "n", "response_format"}
	tuned = []string{"temperature", "top_p", "seed", llm.MaxTokens, llm.MaxCompletionTokens}
)

func (o Options) validateExtra() error {
	for name, value := range o.Extra {
		if slices.Contains(owned, name) || slices.Contains(tuned, name) && value != nil {
			return fault.Input("read settings", "extra "+name, "use the option of that name", "not an extra field")
		}
	}
	doc, err := json.Marshal(o.Extra)
	if err != nil {
		return fault.Input("read settings", "extra", "give values that JSON can hold", "%w", err)
	}
	if err := exactNumbers(doc); err != nil {
		return fault.Input("read settings", "extra", "give it as a string, if the endpoint takes that", "%w", err)
	}
	return nil
}

// exactNumbers refuses whole numbers beyond 2^53: canonical JSON would round
// them, and two requests would share a key.
func exactNumbers(doc []byte) error {
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	for {
		t, err := dec.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if n, ok := t.(json.Number); ok && !strings.ContainsAny(n.String(), ".eE") {
			if i, err := n.Int64(); err != nil || i > 1<<53 || i < -1<<53 {
				return fmt.Errorf("the number %s cannot be kept exactly", n)
			}
		}
	}
}
