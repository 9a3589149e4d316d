package release

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pcclip/pcclip/shards/fault"
)

// plan is the part of plan.json that the card tells.
type plan struct {
	Captions           string           `json:"captions"`
	CaptionsSHA256     string           `json:"captions_sha256"`
	Seed               int64            `json:"seed"`
	ImagesWithCaptions int64            `json:"images_with_captions"`
	ImagesLimit        int64            `json:"images_limit"`
	Images             int64            `json:"images"`
	ImagesBySplit      map[string]int64 `json:"images_by_split"`
	ValidationShare    float64          `json:"validation_share"`
	SplitRule          string           `json:"split_rule"`
	Space              map[string]int64 `json:"index_space"`
	Pairs              map[string]int64 `json:"pairs"`
	UnknownCaptions    int64            `json:"captions_of_unknown_images"`
	MissingImages      int64            `json:"images_passed_over_without_file"`
}

func readPlan(run string) (*plan, error) {
	path := filepath.Join(run, planFile)
	doc, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Input("release", path, "put the run's plan back", "%w", err)
	}
	p := &plan{}
	if err := json.Unmarshal(doc, p); err != nil {
		return nil, fault.Input("release", path, "put the run's plan back", "%w", fmt.Errorf("not a plan: %w", err))
	}
	return p, nil
}
