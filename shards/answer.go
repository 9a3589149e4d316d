package shards

// Answer is what an endpoint said to one request, as a release keeps it: enough
// to judge it again. An answer that several pairs share is kept once.
type Answer struct {
	RequestSHA256     string `parquet:"request_sha256,optional"`
	Standing          string `parquet:"standing,optional,dict"` // AnswerUsable, AnswerUseless or AnswerFailed
	Outcome           string `parquet:"outcome,optional,dict"`  // "ok", or why it can be no row
	Text              string `parquet:"text,optional"`          // as the model gave it; null of a failed one
	FinishReason      string `parquet:"finish_reason,optional,dict"`
	ModelServed       string `parquet:"model_served,optional,dict"`
	SystemFingerprint string `parquet:"system_fingerprint,optional,dict"`
	PromptTokens      *int64 `parquet:"prompt_tokens,optional"`
	CachedTokens      *int64 `parquet:"cached_tokens,optional"`
	CompletionTokens  *int64 `parquet:"completion_tokens,optional"`
	ReasoningTokens   *int64 `parquet:"reasoning_tokens,optional"`
}

// Standings of an answer.
const (
	AnswerUsable  = "usable"  // the rules may judge it
	AnswerUseless = "useless" // it came whole and can be no row: cut, refused, malformed
	AnswerFailed  = "failed"  // none came, and the pair was given up
)

// AnswerMalformed is the outcome of an answer in another form than was asked for;
// it may have led to a second question.
const AnswerMalformed = "malformed"
