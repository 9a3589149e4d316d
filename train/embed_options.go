package train

import "github.com/pcclip/pcclip/shards/fault"

// EmbedOptions say how to embed.
type EmbedOptions struct {
	Model   string // folder or file of the model
	Batch   int    // images or texts per forward pass, at least 1
	Threads int    // of libtorch on a CPU; 0 means all cores
	Device  string // "auto", "cpu" or "cuda"
	Strict  bool   // stop at the first image that cannot be read, instead of leaving it out
}

// DefaultEmbed gives the usual options for a model.
func DefaultEmbed(model string) EmbedOptions {
	return EmbedOptions{Model: model, Batch: 64, Device: "auto"}
}

// Validate names the first field out of range.
func (o EmbedOptions) Validate() error {
	if o.Batch < 1 {
		return fault.Input("read options", "--batch", "give 1 or more", "%d is out of range", o.Batch)
	}
	return nil
}

// ImageRef names one image to embed.
type ImageRef struct {
	ID   string // key in the table
	Name string // what OpenImage opens
}

// EmbedReport is what Embed says of its work.
type EmbedReport struct {
	Model     string   `json:"model"`
	Weights   string   `json:"weights_digest"`
	Dimension int      `json:"dimension"`
	Embedded  int      `json:"embedded"`
	Broken    int      `json:"broken"`             // images left out
	Examples  []string `json:"examples,omitempty"` // of broken ones, with the reason
}
