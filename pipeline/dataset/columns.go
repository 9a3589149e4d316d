package dataset

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// role is what a column of a table holds.
type role int

const (
	fileRole role = iota
	imageIDRole
	captionRole
	captionIDRole
	licenseRole
	urlRole
	splitRole
	widthRole
	heightRole
	roles
)

// roleNames are the names that columns go by, in any case, the preferred first.
// A dot leads into a struct. A bare id is none of them: it may number images as
// well as captions.
var roleNames = [roles][]string{
	fileRole:      {"file_name", "filename", "image_path", "image_name", "path", "image", "image.path"},
	imageIDRole:   {"image_id", "cocoid", "img_id", "imgid", "key", "uid"},
	captionRole:   {"caption", "text", "prompt", "description", "captions", "sentences", "texts", "raw", "captions.raw", "captions.text", "sentences.raw", "sentences.text"},
	captionIDRole: {"caption_id", "sentid", "caption_ids", "sentids", "captions.id", "sentences.sentid"},
	licenseRole:   {"license", "licence", "image_license"},
	urlRole:       {"url", "coco_url", "flickr_url", "image_url"},
	splitRole:     {"split"},
	widthRole:     {"width", "original_width"},
	heightRole:    {"height", "original_height"},
}

// numbered is a column of a table with one column for each caption of an image.
var numbered = regexp.MustCompile(`^(?:caption|text|sentence)s?_?(\d{1,3})$`)

// columns are the places of the columns in use, -1 where a table has none.
type columns struct {
	at       [roles]int
	numbered []int // in the order of their numbers; read where there is no other caption
}

// findColumns finds the columns in use among the names of a table.
func findColumns(names []string) (columns, error) {
	c := columns{}
	for r, wanted := range roleNames {
		c.at[r] = findName(names, wanted)
	}
	if c.at[captionRole] < 0 {
		c.numbered = findNumbered(names)
	}
	switch {
	case c.at[captionRole] < 0 && len(c.numbered) == 0:
		return c, fmt.Errorf("no caption column: known are %s", strings.Join(roleNames[captionRole][:7], ", "))
	case c.at[fileRole] < 0:
		return c, fmt.Errorf("no column with the image's file: known are %s", strings.Join(roleNames[fileRole][:5], ", "))
	}
	return c, nil
}

func findName(names, wanted []string) int {
	for _, w := range wanted {
		if i := slices.IndexFunc(names, func(name string) bool { return strings.EqualFold(strings.TrimSpace(name), w) }); i >= 0 {
			return i
		}
	}
	return -1
}

func findNumbered(names []string) []int {
	number := map[int]int{}
	var found []int
	for i, name := range names {
		if m := numbered.FindStringSubmatch(strings.ToLower(strings.TrimSpace(name))); m != nil {
			number[i], _ = strconv.Atoi(m[1]) // three digits at most
			found = append(found, i)
		}
	}
	slices.SortFunc(found, func(a, b int) int { return number[a] - number[b] })
	return found
}

// record takes a row's cells in use, each a list of values. cell gives the
// values at a place.
func (c columns) record(cell func(i int) []string) record {
	var r record
	for i, at := range c.at {
		if at >= 0 {
			r[i] = cell(at)
		}
	}
	for _, at := range c.numbered {
		for _, v := range cell(at) {
			if v != "" { // an image with fewer captions than columns
				r[captionRole] = append(r[captionRole], v)
			}
		}
	}
	return r
}
