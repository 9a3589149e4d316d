package shards

// ClipContext is the number of tokens that a CLIP text tower reads, the start and
// the end included. What is beyond is cut off without a word.
const ClipContext = 77

// Truncated tells whether a CLIP text tower reads only the beginning of the
// difference; false where its tokens were not counted.
func (r *Row) Truncated() bool { return r.ClipTokens != nil && *r.ClipTokens > ClipContext }

// Row is one accepted or rejected difference, as stored in a shard. Every
// column is OPTIONAL in the file; an empty string or zero is stored as null
// where null is the honest reading ("not known", "none").
// Difference describes image a relative to image b.
type Row struct {
	PairID             string `parquet:"pair_id,optional"`
	Split              string `parquet:"split,optional,dict"`
	Source             string `parquet:"source,optional,dict"`
	ImageIDA           string `parquet:"image_id_a,optional"`
	ImageIDB           string `parquet:"image_id_b,optional"`
	FileNameA          string `parquet:"file_name_a,optional"`
	FileNameB          string `parquet:"file_name_b,optional"`
	CaptionIDA         string `parquet:"caption_id_a,optional"`
	CaptionIDB         string `parquet:"caption_id_b,optional"`
	CaptionA           string `parquet:"caption_a,optional"`
	CaptionB           string `parquet:"caption_b,optional"`
	ImageLicenseA      string `parquet:"image_license_a,optional,dict"`
	ImageLicenseB      string `parquet:"image_license_b,optional,dict"`
	Difference         string `parquet:"difference,optional"`
	DifferenceReversed string `parquet:"difference_reversed,optional"`
	Kind               string `parquet:"kind,optional,dict"`
	PromptID           string `parquet:"prompt_id,optional,dict"`
	PromptSHA256       string `parquet:"prompt_sha256,optional,dict"`
	RequestSHA256      string `parquet:"request_sha256,optional"`
	ResponseSHA256     string `parquet:"response_sha256,optional"`
	ModelRequested     string `parquet:"model_requested,optional,dict"`
	ModelServed        string `parquet:"model_served,optional,dict"`
	SystemFingerprint  string `parquet:"system_fingerprint,optional,dict"`
	Seed               *int64 `parquet:"seed,optional"`
	FinishReason       string `parquet:"finish_reason,optional,dict"`
	PromptTokens       *int64 `parquet:"prompt_tokens,optional"`
	CompletionTokens   *int64 `parquet:"completion_tokens,optional"`
	Attempts           *int32 `parquet:"attempts,optional"`
	ClipTokens         *int32 `parquet:"clip_tokens,optional"`
	Repairs            string `parquet:"repairs,optional,dict"`
	RejectReason       string `parquet:"reject_reason,optional,dict"`
}
