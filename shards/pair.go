package shards

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

// Pair is one ordered pair of a plan: image a, then image b, each with the
// caption that stands for it.
type Pair struct {
	Index         int64  // position in the plan of its split, from 0
	PairID        string // see PairID
	Split         string // "train" or "validation"
	Source        string // name of the source dataset, the prefix of its ids
	ImageIDA      string
	ImageIDB      string
	FileNameA     string // relative to the images folder
	FileNameB     string
	CaptionIDA    string
	CaptionIDB    string
	CaptionA      string // trimmed, otherwise as in the source
	CaptionB      string
	ImageLicenseA string // licence id or name as the source gives it; "" unknown
	ImageLicenseB string
	MoreA         string // further captions of image a that the question tells, joined by CaptionMark; "" for none
	MoreB         string
	Difference    string // the text that is judged; "" where one is asked for
	Replicate     int    // number of the text among those of the pair, from 0
}

// CaptionMark stands between several captions of one image.
const CaptionMark = " | "

// PairID names a pair by its content: the first 16 bytes, in hex, of SHA-256
// over the JSON array ["pair/v1", source, image a, image b, caption a,
// caption b]. It is the same on every machine, in every plan and release.
func PairID(source, imageA, imageB, captionA, captionB string) string {
	var buffer [256]byte
	doc := append(buffer[:0], `["pair/v1"`...)
	for _, s := range []string{source, imageA, imageB, captionA, captionB} {
		doc = appendGoText(append(doc, ','), s)
	}
	sum := sha256.Sum256(append(doc, ']'))
	return hex.EncodeToString(sum[:16])
}

// appendGoText writes a JSON string with the escapes of encoding/json, which are
// more than those of AppendText.
func appendGoText(doc []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || strings.IndexByte(`"\<>&`, c) >= 0 {
			return append(doc, quoteJSON(s)...)
		}
	}
	return append(append(append(doc, '"'), s...), '"')
}

// ReplicateID names a further text of a pair, number n from 1: the first one has
// the pair's own name, the second "<pair>-2".
func ReplicateID(pairID string, n int) string { return pairID + "-" + strconv.Itoa(n+1) }
