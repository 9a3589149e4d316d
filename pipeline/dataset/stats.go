package dataset

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/pcclip/pcclip/shards/fault"
)

// missingExamples is how many missing files a report names.
const missingExamples = 5

// Stats counts what a source holds: a few dozen bytes an image and a caption are
// kept. images may be nil: then no files are looked for.
func Stats(ctx context.Context, s *Source, images *Images) (Report, error) {
	c := &counter{
		report:   Report{Format: s.Format(), Licenses: map[string]int{}, LicenseNames: map[string]string{}},
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
		return c.file(img.FileName)
	}
	return nil
}

func (c *counter) file(name string) error {
	files := c.report.Files
	has, err := c.folder.Has(name)
	var unreadable *fault.Error
	switch {
	case errors.Is(err, ErrLeaves):
		files.Unsafe.add(name)
	case err != nil && !errors.As(err, &unreadable):
		return err
	case has:
		files.Present++
	default:
		files.Missing.add(name)
		if len(files.MissingExamples) < missingExamples {
			files.MissingExamples = append(files.MissingExamples, name)
		}
	}
	return nil
}

func (c *counter) license(id, name string) { c.report.LicenseNames[id] = name }

// Caption counts a caption.
func (c *counter) Caption(caption Caption) error {
	c.report.Captions++
	if _, twice := c.ids[caption.ID]; twice {
		c.report.DuplicateCaptionIDs.add(caption.ID)
	}
	c.ids[caption.ID] = struct{}{}
	c.captions[caption.ImageID]++
	text := caption.Text()
	for _, kind := range []struct {
		dirt *Dirt
		is   bool
	}{
		{&c.report.EmptyCaptions, text == ""},
		{&c.report.LeadingOrTrailingSpace, text != caption.Raw},
		{&c.report.Newlines, strings.ContainsAny(caption.Raw, "\r\n")},
		{&c.report.DoubleSpaces, strings.Contains(text, "  ")},
		{&c.report.NonASCII, !isASCII(caption.Raw)},
		{&c.report.Undecodable, strings.ContainsRune(caption.Raw, utf8.RuneError)},
	} {
		if kind.is {
			kind.dirt.add(caption.ID + ": " + caption.Raw)
		}
	}
	return nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// finish counts what only the whole file tells, in the order of ids, so that
// examples do not depend on the file's order.
func (c *counter) finish() {
	r := &c.report
	if len(r.LicenseNames) == 0 {
		r.LicenseNames = nil
	}
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
