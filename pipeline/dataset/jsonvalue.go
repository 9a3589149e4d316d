package dataset

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// id is an id as the file writes it: a string, or a number whose digits are
// kept. A number with a fraction of zeros is the whole number: tables that had
// gaps write 9.0 for 9.
type id string

// UnmarshalJSON takes a string or a number.
func (i *id) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*i = id(s)
		return nil
	}
	var n json.Number
	if err := json.Unmarshal(b, &n); err != nil {
		return fmt.Errorf("id %.40s is neither a number nor a string", bytes.TrimSpace(b))
	}
	*i = id(whole(n.String()))
	return nil
}

// whole drops a fraction of zeros.
func whole(number string) string {
	head, fraction, found := strings.Cut(number, ".")
	if found && fraction != "" && strings.Trim(fraction, "0") == "" {
		return head
	}
	return number
}

// text is a caption; null is none.
type text struct{ s *string }

// UnmarshalJSON takes a string or null.
func (t *text) UnmarshalJSON(b []byte) error {
	if err := json.Unmarshal(b, &t.s); err != nil {
		return fmt.Errorf("a caption that is not text: %.40s", bytes.TrimSpace(b))
	}
	return nil
}

func (t text) String() string {
	if t.s == nil {
		return ""
	}
	return *t.s
}

// size is a width or height, 0 where the file has none that makes sense. Tables
// write it as a fraction, too, or as a string.
type size int

// UnmarshalJSON takes anything.
func (s *size) UnmarshalJSON(b []byte) error {
	*s = size(pixels(strings.Trim(string(b), `"`)))
	return nil
}

// pixels reads a width or height.
func pixels(s string) int {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f > 0 && f <= math.MaxInt32) {
		return 0
	}
	return int(f)
}
