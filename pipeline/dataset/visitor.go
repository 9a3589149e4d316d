package dataset

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Image is an image of a dataset. Only ID and FileName are always there.
type Image struct {
	ID       string
	FileName string // relative to the images folder
	License  string // id or name as the source gives it
	URL      string
	Split    string // the source's own split, "" where it has none
	Width    int    // pixels; 0 unknown
	Height   int
}

// Caption is a caption as the source has it. Only bytes that are no UTF-8 are
// lost: they stand as U+FFFD.
type Caption struct {
	ID      string
	ImageID string
	Raw     string
}

// Text gives the caption as it is used: without white space around it.
func (c Caption) Text() string { return strings.TrimSpace(c.Raw) }

// Visitor takes what a source holds, in the file's order: a caption may come
// before its image, and may name an image that never comes. Ids may stand
// twice. An error ends the scan, and is what Scan returns, as it is.
type Visitor interface {
	Image(Image) error
	Caption(Caption) error
}

// licenseVisitor is a Visitor that also wants what a COCO file says its licence
// ids mean.
type licenseVisitor interface {
	license(id, name string)
}

// guarded stands between a reader and its visitor: it keeps the visitor's error
// apart from the reader's own, and lets nothing pass that is no UTF-8, which no
// table could hold.
type guarded struct {
	v   Visitor
	err error
}

// Image passes an image on.
func (g *guarded) Image(img Image) error {
	if !utf8.ValidString(img.ID) || !utf8.ValidString(img.FileName) {
		return fmt.Errorf("the image %q has a name or id that is not UTF-8", img.FileName)
	}
	img.License, img.URL, img.Split = valid(img.License), valid(img.URL), valid(img.Split)
	g.err = g.v.Image(img)
	return g.err
}

// Caption passes a caption on.
func (g *guarded) Caption(c Caption) error {
	c.ID, c.ImageID, c.Raw = valid(c.ID), valid(c.ImageID), valid(c.Raw)
	g.err = g.v.Caption(c)
	return g.err
}

func (g *guarded) license(id, name string) {
	if v, ok := g.v.(licenseVisitor); ok {
		v.license(id, name)
	}
}

func valid(s string) string { return strings.ToValidUTF8(s, "\ufffd") }
