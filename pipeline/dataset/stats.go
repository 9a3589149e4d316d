package dataset

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Dirt counts one kind of thing worth knowing, with the first example.
type Dirt struct {
	Count   int    `json:"count"`
	Example string `json:"example,omitempty"`
}

func (d *Dirt) add(example string) {
	if d.Count == 0 {
		d.Example = example
	}
	d.Count++
}

// Report is what a captions file holds.
type Report struct {
	Format                 Format         `json:"format"`
	Images                 int            `json:"images"`   // distinct ids
	Captions               int            `json:"captions"` // all, of known images or not
	CaptionsPerImage       PerImage       `json:"captions_per_image"`
	ImagesWithoutCaption   Dirt           `json:"images_without_caption"`
	CaptionsWithoutImage   Dirt           `json:"captions_without_image"`
	DuplicateImageIDs      Dirt           `json:"duplicate_image_ids"`
	DuplicateCaptionIDs    Dirt           `json:"duplicate_caption_ids"`
	EmptyCaptions          Dirt           `json:"empty_captions"`
	LeadingOrTrailingSpace Dirt           `json:"leading_or_trailing_space"`
	Newlines               Dirt           `json:"newlines"`
	DoubleSpaces           Dirt           `json:"double_spaces"`
	NonASCII               Dirt           `json:"non_ascii"`
	Licenses               map[string]int `json:"licenses"` // images by licence; "" is unknown
	Splits                 map[string]int `json:"splits,omitempty"`
	Files                  *Files         `json:"files,omitempty"`
}

// PerImage are the numbers of captions of images that have some.
type PerImage struct {
	Min       int         `json:"min"`
	Mean      float64     `json:"mean"`
	Max       int         `json:"max"`
	Histogram map[int]int `json:"histogram"` // images by number of captions, 0 included
}

// Files says which images are in the folder.
type Files struct {
	Present int  `json:"present"`
	Missing Dirt `json:"missing"`
	Unsafe  Dirt `json:"unsafe"` // names that lead out of the folder
}

// Stats counts what a source holds. images may be nil.
func Stats(ctx context.Context, s *Source, images *Images) (Report, error) {
	c := &counter{
		report:   Report{Format: s.Format(), Licenses: map[string]int{}},
		images:   map[string]bool{},
		captions: map[string]int{}, ids: map[string]struct{}{}, folder: images,
	}
	if images != nil {
		c.report.Files = &Files{}
	}
	if err := s.Scan(ctx, c); err != nil {
		return Report{}, err
	}
	c.finish()
	return c.report, nil
}

// counter is the Visitor of Stats.
type counter struct {
	report   Report
	images   map[string]bool
	captions map[string]int // by image id
	ids      map[string]struct{}
	folder   *Images
}

// Image counts an image.
func (c *counter) Image(img Image) error {
	if c.images[img.ID] {
		c.report.DuplicateImageIDs.add(img.ID)
		return nil
	}
	c.images[img.ID] = true
	c.report.Images++
	c.report.Licenses[img.License]++
	if img.Split != "" {
		if c.report.Splits == nil {
			c.report.Splits = map[string]int{}
		}
		c.report.Splits[img.Split]++
	}
	if c.folder != nil {
		c.file(img.FileName)
	}
	return nil
}

func (c *counter) file(name string) {
	switch has, err := c.folder.Has(name); {
	case err != nil:
		c.report.Files.Unsafe.add(name)
	case has:
		c.report.Files.Present++
	default:
		c.report.Files.Missing.add(name)
	}
}

// Caption counts a caption.
func (c *counter) Caption(cap Caption) error {
	c.report.Captions++
	if _, twice := c.ids[cap.ID]; twice {
		c.report.DuplicateCaptionIDs.add(cap.ID)
	}
	c.ids[cap.ID] = struct{}{}
	c.captions[cap.ImageID]++
	text := cap.Text()
	for _, kind := range []struct {
		dirt *Dirt
		is   bool
	}{
		{&c.report.EmptyCaptions, text == ""},
		{&c.report.LeadingOrTrailingSpace, text != cap.Raw},
		{&c.report.Newlines, strings.ContainsAny(cap.Raw, "\r\n")},
		{&c.report.DoubleSpaces, strings.Contains(text, "  ")},
		{&c.report.NonASCII, !isASCII(cap.Raw)},
	} {
		if kind.is {
			kind.dirt.add(cap.ID + ": " + cap.Raw)
		}
	}
	return nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf || s[i] > unicode.MaxASCII {
			return false
		}
	}
	return true
}

// finish counts what only the whole file tells, in the order of ids, so that
// examples do not depend on the file's order.
func (c *counter) finish() {
	r := &c.report
	r.CaptionsPerImage.Histogram = map[int]int{}
	with, total := 0, 0
	for _, id := range sortedKeys(c.images) {
		n := c.captions[id]
		r.CaptionsPerImage.Histogram[n]++
		if n == 0 {
			r.ImagesWithoutCaption.add(id)
			continue
		}
		with, total = with+1, total+n
		r.CaptionsPerImage.Max = max(r.CaptionsPerImage.Max, n)
		if r.CaptionsPerImage.Min == 0 || n < r.CaptionsPerImage.Min {
			r.CaptionsPerImage.Min = n
		}
	}
	if with > 0 {
		r.CaptionsPerImage.Mean = float64(total) / float64(with)
	}
	for _, id := range sortedKeys(c.captions) {
		if !c.images[id] {
			for range c.captions[id] {
				r.CaptionsWithoutImage.add("image " + id)
			}
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.SortFunc(out, CompareIDs)
	return out
}

// CompareIDs orders ids: numbers by value, before all others by their bytes.
func CompareIDs(a, b string) int {
	na, nb := isNumber(a), isNumber(b)
	switch {
	case na && nb && len(a) != len(b):
		return len(a) - len(b)
	case na != nb && na:
		return -1
	case na != nb:
		return 1
	}
	return strings.Compare(a, b)
}

// isNumber says that an id is a number without leading zeros.
func isNumber(s string) bool {
	if s == "" || s[0] == '0' && len(s) > 1 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
