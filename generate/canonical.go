package generate

import (
	"encoding/json"
	"strconv"
	"sync"
	"unicode/utf8"

	"github.com/gowebpki/jcs"

	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/shards"
)

// canonical writes JSON in the form of RFC 8785 without a detour over a parser:
// every request of a run and of a replay is named by such a text.
type canonical struct {
	doc []byte
	err error // the first failure
}

func (w *canonical) raw(s string) { w.doc = append(w.doc, s...) }

// text writes a string; bytes that are not UTF-8 become U+FFFD each.
func (w *canonical) text(s string) {
	if !utf8.ValidString(s) {
		s = string([]rune(s))
	}
	w.doc = shards.AppendText(w.doc, s)
}

func (w *canonical) number(x float64) {
	s, err := jcs.NumberToJSON(x)
	if err != nil && w.err == nil {
		w.err = err
	}
	w.raw(s)
}

func (w *canonical) optional(x *float64) {
	if x == nil {
		w.raw("null")
		return
	}
	w.number(*x)
}

// seed writes a seed in decimal, as a string: canonical JSON rounds large numbers.
func (w *canonical) seed(n *int64) {
	if n == nil {
		w.raw("null")
		return
	}
	w.doc = append(strconv.AppendInt(append(w.doc, '"'), *n, 10), '"')
}

// extra writes further fields; none are null, however that is said.
func (w *canonical) extra(fields map[string]any) {
	if len(fields) == 0 {
		w.raw("null")
		return
	}
	doc, err := json.Marshal(fields)
	if err == nil {
		doc, err = jcs.Transform(doc)
	}
	if err != nil && w.err == nil {
		w.err = err
	}
	w.doc = append(w.doc, doc...)
}

// schemas holds the canonical form of schemas by their text: a prompt has one.
var schemas sync.Map

func (w *canonical) schema(doc json.RawMessage) {
	if doc == nil {
		w.raw("null")
		return
	}
	if known, ok := schemas.Load(string(doc)); ok {
		w.raw(known.(string))
		return
	}
	// Within an array, since a schema may be true or false alone.
	wrapped, err := json.Marshal([]json.RawMessage{doc})
	if err == nil {
		wrapped, err = jcs.Transform(wrapped)
	}
	if err != nil {
		if w.err == nil {
			w.err = err
		}
		return
	}
	text := string(wrapped[1 : len(wrapped)-1])
	schemas.Store(string(doc), text)
	w.raw(text)
}

// list writes an array of values that one writes each.
func list[T any](w *canonical, all []T, one func(T)) {
	w.raw("[")
	for i, x := range all {
		if i > 0 {
			w.raw(",")
		}
		one(x)
	}
	w.raw("]")
}

// message writes a part of a conversation: images by digest, not by bytes.
func (w *canonical) message(m llm.Message) {
	w.raw(`{"content":`)
	w.text(m.Content)
	if len(m.Images) > 0 {
		w.raw(`,"images":`)
		list(w, m.Images, w.image)
	}
	w.raw(`,"role":`)
	w.text(m.Role)
	w.raw("}")
}

func (w *canonical) image(image llm.Image) {
	w.raw(`{"label":`)
	w.text(image.Label)
	w.raw(`,"prepared":`)
	w.text(image.Prepared)
	w.raw(`,"sha256":`)
	w.text(image.SHA256)
	w.raw("}")
}
