package train

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pcclip/pcclip/train/ranks"
)

// Job says what to train on what, and where to leave it.
type Job struct {
	Model      string    // folder or file of the base model
	Rows       Rows      // to train on
	Embeddings string    // table made by Embed with the same weights
	Validation Rows      // to validate on; needed where Options.ValidateEvery is above 0
	Captions   []Caption // of training images; needed where Options.Anchor or Options.CaptionLoss is above 0
	Dir        string    // RUN/train/NAME
	Cache      string    // folder for the token cache
	Resume     bool
	Place      ranks.Place // among processes that do this job together; the zero value is alone
	Options    Options
}

// Rows are what a training reads. Where they come from only names them in errors.
type Rows struct {
	From     string
	Shards   []string  // Parquet files of accepted rows, in order; for differences and rewrites
	Captions []Caption // in order; for captions
}

// Caption is a caption of an image.
type Caption struct{ Image, Text string }

// Report is what a finished training says of itself.
type Report struct {
	Base        string   `json:"base_digest"`
	Digest      string   `json:"digest"` // of the trained weights
	Model       string   `json:"model"`  // folder of the trained model
	Steps       int      `json:"steps"`
	Resumed     int      `json:"resumed_at,omitempty"`
	Differences int      `json:"differences"`         // or captions, or rewrites
	Truncated   int      `json:"truncated"`           // texts that are cut to the model's context
	Skipped     int      `json:"skipped"`             // samples between equal embeddings
	OneWay      int      `json:"one_way,omitempty"`   // differences without a reversed one, where those are asked for
	Nonfinite   int      `json:"nonfinite,omitempty"` // steps passed over because loss or gradient were not finite
	Best        *Best    `json:"best,omitempty"`      // the model of dir/best, by the validation rows
	Trained     int64    `json:"trained_parameters"`
	Loss        float64  `json:"loss"` // of the last step
	Damaged     []string `json:"damaged_checkpoints,omitempty"`
}

// changed names what of a run differs from a checkpoint's state, "" for nothing.
func (s State) changed(options []byte, base, data string) string {
	switch {
	case s.BaseDigest != base:
		return "base model"
	case s.DataDigest != data:
		return "set of differences or embeddings"
	case !sameJSON(s.Options, options):
		return fmt.Sprintf("set of options (%s, now %s)", s.Options, options)
	}
	return ""
}

// sameJSON compares documents without their white space.
func sameJSON(a, b []byte) bool {
	var x, y bytes.Buffer
	return json.Compact(&x, a) == nil && json.Compact(&y, b) == nil && bytes.Equal(x.Bytes(), y.Bytes())
}

// replaceFolder fills a new folder beside target and puts it in target's place.
func replaceFolder(target string, fill func(tmp string) error) error {
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(target), ".model-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if err := fill(tmp); err != nil {
		return err
	}
	return errors.Join(os.Chmod(tmp, 0o755), os.RemoveAll(target), os.Rename(tmp, target), syncFolder(filepath.Dir(target)))
}
