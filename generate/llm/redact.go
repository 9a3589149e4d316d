package llm

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// shortest key that is taken out of what came back. Shorter ones are
// placeholders ("x", "EMPTY") for servers that ask for none; taking those out
// would tear up the answers.
const shortest = 8

// redactor replaces a key, in the spellings in which it can come back.
type redactor struct{ replace *strings.Replacer }

func newRedactor(key string) redactor {
	if len(key) < shortest {
		return redactor{}
	}
	const mark = "[key]"
	quoted, err := json.Marshal(key)
	if err != nil {
		quoted = []byte(`""`)
	}
	var pairs []string
	for _, s := range []string{key, strings.Trim(string(quoted), `"`), url.QueryEscape(key), url.PathEscape(key)} {
		pairs = append(pairs, s, mark)
	}
	return redactor{strings.NewReplacer(pairs...)}
}

func (r redactor) text(s string) string {
	if r.replace == nil {
		return s
	}
	return r.replace.Replace(s)
}

func (r redactor) header(h http.Header) http.Header {
	if r.replace == nil {
		return h
	}
	for _, values := range h {
		for i, v := range values {
			values[i] = r.replace.Replace(v)
		}
	}
	return h
}
