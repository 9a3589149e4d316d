package dataset

import (
	"bufio"
	"fmt"
	"regexp"
	"strings"
)

// flickrLine is a line of a Flickr8k or Flickr30k token file.
var flickrLine = regexp.MustCompile(`^[^\t|]+#\d+\t`)

// maxLine bounds a line of a text file, in bytes.
const maxLine = 1 << 20

// scanFlickr reads `name.jpg#k<TAB>caption` lines, or the re-release with
// `image_name| comment_number| comment` and a header. An image's id is its file
// name; a caption's is name#k.
func scanFlickr(r *bufio.Reader, v Visitor) error {
	seen := map[string]bool{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSuffix(lines.Text(), "\r")
		if strings.TrimSpace(line) == "" || n == 1 && strings.HasPrefix(line, "image_name") {
			continue
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
		if err := v.Caption(Caption{ID: name + "#" + number, ImageID: name, Raw: text}); err != nil {
			return err
		}
	}
	return lines.Err()
}

func flickrFields(line string) (name, number, text string, ok bool) {
	if flickrLine.MatchString(line) {
		head, caption, _ := strings.Cut(line, "\t")
		at := strings.LastIndexByte(head, '#')
		return head[:at], head[at+1:], caption, true
	}
	parts := strings.SplitN(line, "|", 3)
	if len(parts) < 2 || strings.TrimSpace(parts[0]) == "" {
		return "", "", "", false
	}
	if len(parts) == 2 { // one line of the known re-release lacks its second bar
		parts = append(parts, "")
	}
	return strings.TrimSpace(parts[0]), strings.TrimSpace(parts[1]), parts[2], true
}
