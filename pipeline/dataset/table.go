package dataset

import (
	"errors"
	"strconv"
)

// record is a row of a table: the values of each role, none where it has none.
type record [roles][]string

func (r record) first(x role) string {
	if len(r[x]) == 0 {
		return ""
	}
	return r[x][0]
}

// table turns rows into images and captions. Several rows may carry captions of
// one image. A caption without an id of its own goes by image#k, k counting the
// image's captions in the order of the table.
type table struct {
	v        Visitor
	captions map[string]int // so far, by image
}

func newTable(v Visitor) *table { return &table{v: v, captions: map[string]int{}} }

func (t *table) row(r record) error {
	img := Image{
		ID: r.first(imageIDRole), FileName: r.first(fileRole), License: r.first(licenseRole), URL: r.first(urlRole),
		Split: r.first(splitRole), Width: pixels(r.first(widthRole)), Height: pixels(r.first(heightRole)),
	}
	if img.FileName == "" {
		return errors.New("no file name")
	}
	if img.ID == "" {
		img.ID = img.FileName
	}
	n, seen := t.captions[img.ID]
	if !seen {
		if err := t.v.Image(img); err != nil {
			return err
		}
	}
	own := r[captionIDRole]
	for i, raw := range r[captionRole] {
		c := Caption{ID: img.ID + "#" + strconv.Itoa(n+i), ImageID: img.ID, Raw: raw}
		if len(own) == len(r[captionRole]) && own[i] != "" {
			c.ID = own[i]
		}
		if err := t.v.Caption(c); err != nil {
			return err
		}
	}
	t.captions[img.ID] = n + len(r[captionRole])
	return nil
}
