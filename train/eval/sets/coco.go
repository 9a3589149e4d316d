package sets

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// captionsPerImage is how many captions of an image take part in retrieval.
const captionsPerImage = 5

// readCOCO reads the validation images of 2017 with their captions.
func readCOCO(f folder, _ reader) (*Set, error) {
	const file = "annotations/captions_val2017.json"
	data, err := f.read(file)
	if err != nil {
		return nil, err
	}
	images, err := parseCaptions(data)
	if err != nil {
		return nil, f.bad(file, "%w", err)
	}
	s := &Set{}
	for _, img := range images {
		s.Images = append(s.Images, Image{Name: f.join("val2017", img.Name), Split: test, Captions: img.Captions})
	}
	return s, nil
}

type cocoImage struct {
	ID       int64  `json:"id"`
	FileName string `json:"file_name"`
}

type cocoCaption struct {
	ID      int64  `json:"id"`
	ImageID int64  `json:"image_id"`
	Caption string `json:"caption"`
}

// parseCaptions reads a COCO captions file: images in order of id, each with its
// first captions in order of theirs. Images without caption are left out.
func parseCaptions(data []byte) ([]Image, error) {
	var file struct {
		Images      []cocoImage   `json:"images"`
		Annotations []cocoCaption `json:"annotations"`
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&file); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	slices.SortStableFunc(file.Annotations, func(a, b cocoCaption) int { return cmp.Compare(a.ID, b.ID) })
	captions := map[int64][]string{}
	for _, a := range file.Annotations {
		if text := strings.Join(strings.Fields(a.Caption), " "); text != "" && len(captions[a.ImageID]) < captionsPerImage {
			captions[a.ImageID] = append(captions[a.ImageID], text)
		}
	}
	ids := map[int64]string{}
	for _, img := range file.Images {
		if img.FileName == "" {
			return nil, fmt.Errorf("image %d has no file_name", img.ID)
		}
		if _, twice := ids[img.ID]; twice {
			return nil, fmt.Errorf("two images have the id %d", img.ID)
		}
		ids[img.ID] = img.FileName
	}
	for _, a := range file.Annotations {
		if _, ok := ids[a.ImageID]; !ok {
			return nil, fmt.Errorf("caption %d is of image %d, which is not in the file", a.ID, a.ImageID)
		}
	}
	var out []Image
	slices.SortFunc(file.Images, func(a, b cocoImage) int { return cmp.Compare(a.ID, b.ID) })
	for _, img := range file.Images {
		if texts := captions[img.ID]; len(texts) > 0 {
			out = append(out, Image{Name: img.FileName, Captions: texts})
		}
	}
	if len(out) == 0 {
		return nil, errNoImages
	}
	return out, nil
}
