package shards

// Release is what the manifest of a release says beyond that of its run.
type Release struct {
	Name        string    `json:"name"`
	Version     string    `json:"version"`        // MAJOR.MINOR.PATCH
	Date        string    `json:"date,omitempty"` // YYYY-MM-DD, where the publisher gave one
	Author      string    `json:"author"`
	URL         string    `json:"url,omitempty"`
	License     string    `json:"license"`            // the Hub's identifier
	RowsPerFile int64     `json:"rows_per_file"`      // at most
	Responses   bool      `json:"responses"`          // the recorded answers are part of it
	Sampling    *Sampling `json:"sampling,omitempty"` // null where nobody knows
	ClipTokens  bool      `json:"clip_tokens"`        // rows count the CLIP tokens of their text
	Judge       *Judge    `json:"judge,omitempty"`    // null where none was applied
	// ImageTerms counts the accepted rows by the terms of both images together.
	ImageTerms map[string]int64 `json:"image_terms"`
	RowRoot    string           `json:"row_root"` // of all accepted rows, split by split
}

// Sampling are the settings that every request of a run carried. With model,
// prompt and captions they decide the request's key.
type Sampling struct {
	Temperature *float64       `json:"temperature"`
	TopP        *float64       `json:"top_p"`
	MaxTokens   int            `json:"max_tokens"`
	Seed        *int64         `json:"seed"`
	Extra       map[string]any `json:"extra"`
	Replicates  int            `json:"replicates,omitempty"`    // texts of each pair; 0 is 1
	Told        int            `json:"captions_each,omitempty"` // captions of each image that a question tells; 0 is 1
	Images      string         `json:"images,omitempty"`        // how images were made ready; "" where none were shown
}

// Judge is a model whose rejections were applied to the rows.
type Judge struct {
	Name           string    `json:"name"`
	PromptID       string    `json:"prompt_id"`
	PromptSHA256   string    `json:"prompt_sha256"`
	ModelRequested string    `json:"model_requested"`
	Sampling       *Sampling `json:"sampling"`
	Judged         int64     `json:"judged"`   // rows that it passed or rejected
	Unjudged       int64     `json:"unjudged"` // accepted rows of which it said nothing
}
