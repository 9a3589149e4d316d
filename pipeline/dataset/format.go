package dataset

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
)

// Format is a form of captions file.
type Format string

// The known formats. Auto looks at the file.
const (
	Auto     Format = "auto"
	COCO     Format = "coco"     // captions_train2014.json, captions_train2017.json and the like
	Karpathy Format = "karpathy" // dataset_coco.json, dataset_flickr30k.json, dataset_flickr8k.json
	Flickr   Format = "flickr"   // name.jpg#k, tab, caption; or the re-release with bars
	HF       Format = "hf"       // metadata.csv or metadata.jsonl of an image folder, or any such table
	Parquet  Format = "parquet"  // a table with a file name and captions
)

var formats = []Format{COCO, Karpathy, Flickr, HF, Parquet}

// headBytes is what sniff looks at.
const headBytes = 1 << 16

// sniff tells the format by a file's first bytes, gzip undone.
func sniff(head []byte) (Format, error) {
	trimmed := bytes.TrimSpace(head)
	first, _, _ := bytes.Cut(trimmed, []byte("\n"))
	switch {
	case len(trimmed) == 0:
		return "", errors.New("the file is empty")
	case isParquet(head):
		return Parquet, nil
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return "", errors.New("a zip archive: unpack it first")
	case isRecord(first), isHeader(first):
		return HF, nil
	case trimmed[0] == '{', trimmed[0] == '[':
		return sniffJSON(trimmed), nil
	case flickrTab.Match(first), flickrBar.Match(first), isFlickrHeader(string(first)):
		return Flickr, nil
	}
	return "", errors.New("not JSON, nor any other known form of captions")
}

func isParquet(head []byte) bool { return bytes.HasPrefix(head, []byte("PAR1")) }

// sniffJSON tells Karpathy's files, which keep the sentences in the image. The
// quoted word stands in no caption: there its quotes are escaped.
func sniffJSON(head []byte) Format {
	if bytes.Contains(head, []byte(`"sentences"`)) || bytes.Contains(head, []byte(`"sentids"`)) {
		return Karpathy
	}
	return COCO
}

// isRecord says that a line is a whole JSON object with an image and a caption.
func isRecord(line []byte) bool {
	var fields map[string]json.RawMessage
	if json.Unmarshal(line, &fields) != nil {
		return false
	}
	_, err := findColumns(slices.Sorted(maps.Keys(fields)))
	return err == nil
}

// isHeader says that a line is the header of a CSV table of captions.
func isHeader(line []byte) bool {
	header, err := csv.NewReader(bytes.NewReader(line)).Read()
	if err != nil {
		return false
	}
	_, err = findColumns(header)
	return err == nil
}

func formatNames() string {
	var names []string
	for _, f := range formats {
		names = append(names, string(f))
	}
	return strings.Join(append([]string{string(Auto)}, names...), ", ")
}
