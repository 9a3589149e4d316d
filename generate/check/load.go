package check

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pcclip/pcclip/shards/fault"
)

const (
	maxFile   = 64 << 10 // bytes of a file of rules
	shortHash = 12       // hex digits of a file's SHA-256 in a version
)

var (
	nameForm    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	versionForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}-[0-9a-f]{12}$`)
)

// Load gives a built-in rule set by name, or else reads the file of that path.
func Load(nameOrPath string) (*Rules, error) {
	if _, known := sets[nameOrPath]; known || !strings.ContainsAny(nameOrPath, `/\.`) {
		return Get(nameOrPath)
	}
	refuse := func(hint, format string, args ...any) (*Rules, error) {
		return nil, fault.Input("read rules", nameOrPath, hint, format, args...)
	}
	info, err := os.Stat(nameOrPath)
	if err != nil {
		return refuse(builtIn(), "%w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return refuse("", "not a text file of at most %d bytes", maxFile)
	}
	text, err := os.ReadFile(nameOrPath)
	if err != nil {
		return refuse("", "%w", err)
	}
	base := filepath.Base(nameOrPath)
	name := strings.TrimSuffix(base, filepath.Ext(base))
	if !nameForm.MatchString(name) {
		return refuse("rename the file: letters, digits, dots and dashes", "%q can be no name of rules", name)
	}
	return parse(name, nameOrPath, text)
}

func builtIn() string { return "built in are: " + strings.Join(Names(), ", ") }

// parse makes the rules of a file's text. Their version is the file's name and
// the beginning of the text's SHA-256. A name that ends with that already is
// the version itself: so a run keeps the file.
func parse(name, where string, text []byte) (*Rules, error) {
	if !utf8.Valid(text) {
		return nil, fault.Input("read rules", where, "save it as UTF-8", "not valid UTF-8")
	}
	d, err := readDefinition(where, text)
	if err != nil {
		return nil, err
	}
	r := d.rules()
	sum := sha256.Sum256(text)
	r.version, r.source = strings.TrimSuffix(name, "-"+hex.EncodeToString(sum[:])[:shortHash])+"-"+hex.EncodeToString(sum[:])[:shortHash], slices.Clone(text)
	return r, nil
}

// Source gives the text of the file that the rules are from, nil for built-in
// ones.
func (r *Rules) Source() []byte { return slices.Clone(r.source) }

// FileOf gives where a run and a release keep the file behind a version of rules,
// as a slash path. Built-in rules have none.
func FileOf(version string) (path string, ok bool) {
	if !versionForm.MatchString(version) {
		return "", false
	}
	return "rules/" + version + ".yaml", true
}
