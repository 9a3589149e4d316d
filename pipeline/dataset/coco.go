package dataset

import (
	"encoding/json"
	"errors"
	"fmt"
)

// entry is an image of COCO's files, or of Karpathy's.
type entry struct {
	ID        id     `json:"id"`
	FileName  string `json:"file_name"`
	Width     size   `json:"width"`
	Height    size   `json:"height"`
	License   id     `json:"license"`
	COCOURL   string `json:"coco_url"`
	FlickrURL string `json:"flickr_url"`

	karpathyEntry
}

// annotation is a caption; the other fields tell what else a file may hold.
type annotation struct {
	ID           id              `json:"id"`
	ImageID      id              `json:"image_id"`
	Caption      text            `json:"caption"`
	Keypoints    json.RawMessage `json:"keypoints"`
	SegmentsInfo json.RawMessage `json:"segments_info"`
	BBox         json.RawMessage `json:"bbox"`
	Segmentation json.RawMessage `json:"segmentation"`
}

// kind names the COCO file that an annotation without caption comes from.
func (a annotation) kind() string {
	switch {
	case a.Keypoints != nil:
		return "keypoints"
	case a.SegmentsInfo != nil:
		return "panoptic"
	case a.BBox != nil, a.Segmentation != nil:
		return "instances"
	}
	return ""
}

func (s *jsonScan) image(e entry) error {
	if e.isKarpathy() {
		return s.karpathy(e.karpathyEntry)
	}
	if e.ID == "" || e.FileName == "" {
		return errors.New("an image without id or file_name")
	}
	url := e.FlickrURL
	if url == "" {
		url = e.COCOURL
	}
	return s.v.Image(Image{
		ID: string(e.ID), FileName: e.FileName, License: string(e.License), URL: url, Width: int(e.Width), Height: int(e.Height),
	})
}

// annotation gives a caption. One whose text is null or absent counts as empty.
func (s *jsonScan) annotation(a annotation) error {
	if kind := a.kind(); a.Caption.s == nil && kind != "" {
		return fmt.Errorf("this is COCO's %s file, a captions_*.json is wanted", kind)
	}
	if a.ID == "" || a.ImageID == "" {
		return errors.New("a caption without id or image_id")
	}
	return s.v.Caption(Caption{ID: string(a.ID), ImageID: string(a.ImageID), Raw: a.Caption.String()})
}

// licenses passes on the names of the licence ids, where the file has any that
// make sense.
func (s *jsonScan) licenses() error {
	var raw json.RawMessage
	if err := s.dec.Decode(&raw); err != nil {
		return err
	}
	var list []struct {
		ID   id     `json:"id"`
		Name string `json:"name"`
	}
	if json.Unmarshal(raw, &list) != nil {
		return nil
	}
	for _, l := range list {
		if l.ID != "" && l.Name != "" {
			s.v.license(string(l.ID), l.Name)
		}
	}
	return nil
}
