package llm

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/pcclip/pcclip/shards/fault"
)

var versionSegment = regexp.MustCompile(`(^|/)v\d+[a-z0-9]*(/|$)`)

// Address completes the base URL of an endpoint: "/v1" is added unless the path
// names a version, "/chat/completions" at its end is taken off. A URL with a
// user, a password or a query is refused: such parts carry keys, and the URL is
// stored with every answer.
func Address(endpoint string) (string, error) {
	const hint = "give it as http://127.0.0.1:8000/v1"
	u, err := url.Parse(strings.TrimSpace(endpoint))
	if err != nil {
		// The parser's message repeats the URL, and a URL may hold a password.
		return "", fault.Input("read endpoint", "", hint, "not a URL")
	}
	switch {
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "", fault.Input("read endpoint", u.Host, "put the key into an environment variable and name that variable", "the URL has a user, a query or a fragment")
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return "", fault.Input("read endpoint", endpoint, hint, "not an http or https URL")
	}
	path := strings.TrimSuffix(strings.TrimRight(u.Path, "/"), "/chat/completions")
	if !versionSegment.MatchString(path) {
		path += "/v1"
	}
	u.Path, u.RawPath = path, ""
	return u.String(), nil
}
