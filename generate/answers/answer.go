package answers

import "time"

// Key names a request: SHA-256 of what decides its answer.
type Key [32]byte

// Standing tells what an answer is worth to its request. A higher one wins; of
// equals the first, so that what was made from an answer stays true. Of
// failures the last counts.
type Standing uint8

// The values are stored: never change one.
const (
	Unasked Standing = 0 // nothing is stored
	Passing Standing = 1 // came back, settles nothing: the request is asked again
	Failed  Standing = 2 // given up
	Useless Standing = 3 // an answer that can be no row: cut, refused, filtered
	Usable  Standing = 4
)

// Answer is one attempt at one request.
type Answer struct {
	Key         Key
	Standing    Standing
	Outcome     string // name of the outcome; "ok" for a usable answer
	Attempt     int    // from 1, counted by the process that asked
	Endpoint    string // base URL without credentials
	Status      int    // HTTP status; 0 where no response came
	Model       string // as served
	Fingerprint string
	Finish      string
	Prompt      *int64 // tokens; nil where not reported, here and below
	Cached      *int64
	Completion  *int64
	Reasoning   *int64
	Latency     time.Duration // stored in whole milliseconds
	Received    time.Time     // stored in whole milliseconds, UTC
	Body        []byte        // the response as it came, without keys
}
