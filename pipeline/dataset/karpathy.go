package dataset

import "errors"

// karpathyEntry is an image of Karpathy's files. Those of Flickr have neither
// cocoid nor filepath.
type karpathyEntry struct {
	Filename  string     `json:"filename"`
	Filepath  string     `json:"filepath"`
	ImgID     id         `json:"imgid"`
	COCOID    id         `json:"cocoid"`
	Split     string     `json:"split"`
	Sentences []sentence `json:"sentences"`
}

// sentence is a caption. SentID is COCO's annotation id in COCO's file. The
// tokens beside Raw are lower-cased and lack punctuation, so they are not read.
type sentence struct {
	Raw    text `json:"raw"`
	SentID id   `json:"sentid"`
}

func (e karpathyEntry) isKarpathy() bool { return e.Sentences != nil || e.Filename != "" }

// karpathy gives an image with its sentences. restval, the part of COCO's
// validation set that is trained on, counts as train.
func (s *jsonScan) karpathy(e karpathyEntry) error {
	s.sentences = true
	img := Image{ID: string(e.COCOID), FileName: e.Filename, Split: e.Split}
	if img.ID == "" {
		img.ID = string(e.ImgID)
	}
	if e.Filepath != "" {
		img.FileName = e.Filepath + "/" + e.Filename
	}
	if img.Split == "restval" {
		img.Split = "train"
	}
	if img.ID == "" || e.Filename == "" {
		return errors.New("an image without imgid or filename")
	}
	if err := s.v.Image(img); err != nil {
		return err
	}
	for _, c := range e.Sentences {
		if c.SentID == "" {
			return errors.New("a sentence without sentid")
		}
		if err := s.v.Caption(Caption{ID: string(c.SentID), ImageID: img.ID, Raw: c.Raw.String()}); err != nil {
			return err
		}
	}
	return nil
}
