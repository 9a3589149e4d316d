package limit

import "time"

// Budget keeps requests and tokens within what a provider allows. What a
// request may take at most is reserved when it is sent; what it did not use is
// given back. In no 60 seconds more is reserved, less what was given back, than
// the limit; only a single request beyond the burst exceeds it, by its excess.
type Budget struct {
	requests, input, output, tokens bucket

	held time.Time // nothing goes before
}

// NewBudget makes a full budget.
func NewBudget(r Rates) (*Budget, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	of := func(limit int64) bucket {
		return bucket{unit: 1, burst: r.Burst, own: float64(limit)}
	}
	return &Budget{requests: of(r.Requests), input: of(r.Input), output: of(r.Output), tokens: of(r.Tokens)}, nil
}

func (b *Budget) refill(now time.Time) {
	for _, each := range []*bucket{&b.requests, &b.input, &b.output, &b.tokens} {
		each.refill(now)
	}
}

// Reserve takes one request with in tokens of question and at most out tokens
// of answer from every limit, or from none. Where there is not enough, wait is
// how long until there would be, if nothing else is taken.
func (b *Budget) Reserve(now time.Time, in, out int64) (ok bool, wait time.Duration) {
	b.refill(now)
	wait = max(b.held.Sub(now), b.requests.wait(1), b.input.wait(float64(in)), b.output.wait(float64(out)), b.tokens.wait(float64(in+out)))
	if wait > 0 {
		return false, wait
	}
	b.requests.take(1)
	b.input.take(float64(in))
	b.output.take(float64(out))
	b.tokens.take(float64(in + out))
	return true, 0
}

// Settle gives back what a request reserved and did not use, and takes what it
// used beyond. For a provider that charges the cap, not the use, say that all
// was used.
func (b *Budget) Settle(now time.Time, reservedIn, reservedOut, usedIn, usedOut int64) {
	b.refill(now)
	in, out := float64(reservedIn-usedIn), float64(reservedOut-usedOut)
	b.input.give(in)
	b.output.give(out)
	b.tokens.give(in + out)
}

// Correct takes over what the endpoint says about its limits. The lower of its
// limit and that of the settings counts.
func (b *Budget) Correct(now time.Time, h Header) {
	b.refill(now)
	b.requests.correct(now, h.Requests)
	b.tokens.correct(now, h.Tokens)
}

// Blocked holds everything until then, as a Retry-After for the whole endpoint
// asks. The latest end counts.
func (b *Budget) Blocked(now, until time.Time) {
	if until.After(now) && until.After(b.held) {
		b.held = until
	}
}
