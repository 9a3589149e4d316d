package dataset

import (
	"fmt"
	"io"
	"regexp"
	"strings"
)

var (
	// flickrTab is a line of the token files of Flickr8k and Flickr30k.
	flickrTab = regexp.MustCompile(`^([^\t|]+)#(\d+)\t(.*)$`)
	// flickrBar is a line of the re-release of Flickr30k. One of its lines lacks
	// the second bar.
	flickrBar = regexp.MustCompile(`^([^|]+)\|\s*(\d+)(?:\s*\|(.*)|(\s.*)?)$`)
)

func isFlickrHeader(line string) bool { return strings.HasPrefix(line, "image_name|") }

// scanFlickr reads `name.jpg#k<TAB>caption` lines, or the re-release with
// `image_name| comment_number| comment` and a header. An image's id is its file
// name; a caption's is name#k.
func scanFlickr(r io.Reader, v Visitor) error {
	seen := map[string]bool{}
	return eachLine(r, func(n int, raw []byte) error {
		line := string(raw)
		if n == 1 && isFlickrHeader(line) {
			return nil
		}
		name, number, text, ok := flickrFields(line)
		if !ok {
			return fmt.Errorf("line %d is neither name#number, tab, caption nor name|number|caption", n)
		}
		if !seen[name] {
			seen[name] = true
			if err := v.Image(Image{ID: name, FileName: name}); err != nil {
				return err
			}
		}
		return v.Caption(Caption{ID: name + "#" + number, ImageID: name, Raw: text})
	})
}

func flickrFields(line string) (name, number, text string, ok bool) {
	if m := flickrTab.FindStringSubmatch(line); m != nil {
		return m[1], m[2], m[3], true
	}
	m := flickrBar.FindStringSubmatch(line)
	if m == nil || strings.TrimSpace(m[1]) == "" {
		return "", "", "", false
	}
	return strings.TrimSpace(m[1]), m[2], m[3] + m[4], true
}
