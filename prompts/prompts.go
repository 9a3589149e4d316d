package prompts

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pcclip/pcclip/shards/fault"
)

//go:embed *.txt
var texts embed.FS

// maxFile bounds a prompt file, in bytes: every request carries the text.
const maxFile = 64 << 10

// Prompt is one text with places for captions, or a question about images.
type Prompt struct {
	ID     string // its name; of a file, the file's name without extension
	Text   string // as in the file
	SHA256 string // of Text, lower-case hex: the prompt's version
	Form   Form

	body string // the text that is rendered
}

// Captions tells which captions are part of the question: of image a, of image b.
func (p Prompt) Captions() (a, b bool) {
	return strings.Contains(p.body, "{{.CaptionA}}"), strings.Contains(p.body, "{{.CaptionB}}")
}

// IDs lists the built-in prompts, sorted.
func IDs() []string {
	names, err := fs.Glob(texts, "*.txt")
	if err != nil {
		panic("prompts: the pattern is constant: " + err.Error())
	}
	for i, n := range names {
		names[i] = strings.TrimSuffix(n, ".txt")
	}
	slices.Sort(names)
	return names
}

// Get gives a built-in prompt by id. An unknown id is a fault that names the
// known ones.
func Get(id string) (Prompt, error) {
	if !slices.Contains(IDs(), id) {
		return Prompt{}, fault.Input("read prompt", id, "built in are: "+strings.Join(IDs(), ", ")+"; or give the path of a text file", "no such prompt")
	}
	text, err := texts.ReadFile(id + ".txt")
	if err != nil {
		return Prompt{}, fmt.Errorf("read prompt %s: %w", id, err)
	}
	return parse(id, id, string(text))
}

// Load gives a built-in prompt by id, or else reads the file of that path.
func Load(idOrPath string) (Prompt, error) {
	known := slices.Contains(IDs(), idOrPath)
	if known || !strings.ContainsAny(idOrPath, `/\.`) {
		return Get(idOrPath)
	}
	info, err := os.Stat(idOrPath)
	if err != nil {
		return Prompt{}, fault.Input("read prompt", idOrPath, "built in are: "+strings.Join(IDs(), ", "), "%w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return Prompt{}, fault.Input("read prompt", idOrPath, "", "not a text file of at most %d bytes", maxFile)
	}
	text, err := os.ReadFile(idOrPath)
	if err != nil {
		return Prompt{}, fault.Input("read prompt", idOrPath, "", "%w", err)
	}
	base := filepath.Base(idOrPath)
	return parse(strings.TrimSuffix(base, filepath.Ext(base)), idOrPath, string(text))
}

func parse(id, where, text string) (Prompt, error) {
	if !utf8.ValidString(text) {
		return Prompt{}, fault.Input("read prompt", where, "save it as UTF-8", "not valid UTF-8")
	}
	form, rest, err := split(where, normal(text))
	if err != nil {
		return Prompt{}, err
	}
	rest = normal(rest)
	ending := endings[form]
	if form == Vision && strings.HasSuffix(rest, twoCaptions) {
		ending = twoCaptions
	}
	hint := fmt.Sprintf("end the file with %q, and use each place once", ending)
	body, ok := rest+"\n", true
	if ending != "" {
		body, ok = strings.CutSuffix(rest, ending)
	}
	if !ok || (body != "" && !strings.HasSuffix(body, "\n")) {
		return Prompt{}, fault.Input("read prompt", where, hint, "it does not end with the captions")
	}
	if strings.Contains(strings.Replace("\n"+body, "\n"+orderPlace+"\n", "\n", 1), "{{") {
		return Prompt{}, fault.Input("read prompt", where, hint, "a second place for a value, or an unknown one")
	}
	sum := sha256.Sum256([]byte(text))
	return Prompt{ID: id, Text: text, SHA256: hex.EncodeToString(sum[:]), Form: form, body: rest}, nil
}

func normal(text string) string {
	return strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
}
