// Package release freezes a finished run into a folder that can be uploaded as
// it is: the run's shards under the names that `datasets` knows, the rejected
// rows, plan, prompt, manifest, a card, and SHA256SUMS that plain
// `sha256sum -c` checks. Two releases of one run are the same bytes.
package release

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

// Options of a release.
type Options struct {
	Run     string // a finished run
	Out     string // the folder to make; must not exist
	Name    string // of the dataset
	Version string // MAJOR.MINOR.PATCH
	Prompt  string // text of the run's prompt, with the hash of the manifest
}

var (
	versionForm = regexp.MustCompile(`^\d+\.\d+\.\d+$`)
	nameForm    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,95}$`)
)

// Validate names the first bad field.
func (o Options) Validate() error {
	switch {
	case !nameForm.MatchString(o.Name):
		return fault.Input("release", "--name", "give letters, digits, dots and dashes", "%q is no name for a dataset", o.Name)
	case !versionForm.MatchString(o.Version):
		return fault.Input("release", "--version", "give MAJOR.MINOR.PATCH, such as 1.0.0", "%q is no version", o.Version)
	}
	return nil
}

// Freeze checks the run against its manifest and writes the release: aside,
// then renamed. A run with pairs pending or failed is refused, and so is one
// whose files do not match their hashes.
func Freeze(o Options) error {
	if err := o.Validate(); err != nil {
		return err
	}
	if _, err := os.Lstat(o.Out); err == nil {
		return fault.Input("release", o.Out, "name a folder that does not exist yet", "it is there already")
	}
	m, err := finished(o.Run)
	if err != nil {
		return err
	}
	if sum := sha256.Sum256([]byte(o.Prompt)); hex.EncodeToString(sum[:]) != m.Run.PromptSHA256 {
		return fault.Input("release", o.Run, "restore the prompt file", "the prompt is not the one the run was asked with")
	}
	if err := os.MkdirAll(filepath.Dir(o.Out), 0o755); err != nil {
		return fmt.Errorf("write release: %w", err)
	}
	tmp, err := os.MkdirTemp(filepath.Dir(o.Out), ".release-*")
	if err != nil {
		return fmt.Errorf("write release: %w", err)
	}
	defer os.RemoveAll(tmp)
	w := &writer{root: tmp}
	w.files(o, m)
	w.sums()
	if w.err != nil {
		return fmt.Errorf("write release: %w", w.err)
	}
	if err := errors.Join(os.Chmod(tmp, 0o755), os.Rename(tmp, o.Out)); err != nil {
		return fmt.Errorf("write release: %w", err)
	}
	return nil
}

// finished reads the manifest of a run in which every pair is settled.
func finished(run string) (*shards.Manifest, error) {
	m, err := shards.ReadManifest(filepath.Join(run, "manifest.json"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fault.Input("release", run, "run pcclip generate to its end first", "the run has no manifest")
	}
	if err != nil {
		return nil, err
	}
	if m.Totals.Pending > 0 || m.Totals.Failed > 0 {
		return nil, fault.Input("release", run, "run pcclip generate --retry-failed to its end first", "%d pairs are pending and %d failed", m.Totals.Pending, m.Totals.Failed)
	}
	return m, m.VerifyFiles(run)
}

// writer puts files into the release; the first error sticks.
type writer struct {
	root    string
	written []string // slash paths
	err     error
}

func (w *writer) files(o Options, m *shards.Manifest) {
	count := map[string]int{} // shards by split
	for _, f := range m.Files {
		if f.Kind == shards.KindAccepted {
			count[f.Split]++
		}
	}
	next := map[string]int{}
	for _, f := range m.Files { // sorted by path, which is plan order
		switch f.Kind {
		case shards.KindAccepted:
			w.copy(filepath.Join(o.Run, filepath.FromSlash(f.Path)), fmt.Sprintf("data/%s-%05d-of-%05d.parquet", f.Split, next[f.Split], count[f.Split]))
			next[f.Split]++
		case shards.KindRejected:
			w.copy(filepath.Join(o.Run, filepath.FromSlash(f.Path)), "rejected/"+path.Base(f.Path))
		}
	}
	for _, name := range []string{"manifest.json", "plan.json", "images.parquet"} {
		w.copy(filepath.Join(o.Run, name), name)
	}
	w.write("prompts/"+m.Run.PromptSHA256+".txt", []byte(o.Prompt))
	w.write("README.md", card(o, m))
}

func (w *writer) copy(from, to string) {
	if w.err != nil {
		return
	}
	f, err := os.Open(from)
	if err != nil {
		w.err = err
		return
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		w.err = err
		return
	}
	w.write(to, b)
}

func (w *writer) write(to string, data []byte) {
	if w.err != nil {
		return
	}
	target := filepath.Join(w.root, filepath.FromSlash(to))
	if w.err = os.MkdirAll(filepath.Dir(target), 0o755); w.err == nil {
		w.err = shards.WriteFile(target, data)
	}
	w.written = append(w.written, to)
}

func (w *writer) sums() {
	slices.Sort(w.written)
	var b bytes.Buffer
	for _, name := range w.written {
		if w.err != nil {
			return
		}
		var sum string
		sum, w.err = shards.SHA256(filepath.Join(w.root, filepath.FromSlash(name)))
		fmt.Fprintf(&b, "%s  %s\n", sum, name)
	}
	w.write("SHA256SUMS", b.Bytes())
}

// card is the dataset card: explicit files for each split, and what the
// manifest knows.
func card(o Options, m *shards.Manifest) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "---\npretty_name: %s\nlicense: other\nlicense_name: see-card\ntags:\n- synthetic\nlanguage:\n- en\nconfigs:\n- config_name: default\n  default: true\n  data_files:\n", o.Name)
	for _, split := range []string{"train", "validation"} {
		if m.Splits[split].Accepted > 0 {
			fmt.Fprintf(&b, "  - split: %s\n    path: data/%s-*.parquet\n", split, split)
		}
	}
	fmt.Fprintf(&b, "- config_name: rejected\n  data_files: rejected/*.parquet\n---\n\n# %s %s\n\n", o.Name, o.Version)
	fmt.Fprintf(&b, "Differences between captioned images: `difference` describes image a relative to image b. A language model wrote them from\nthe captions alone; it saw no image.\n\n")
	fmt.Fprintf(&b, "| | planned | accepted | rejected |\n|---|---|---|---|\n")
	for _, split := range slices.Sorted(maps.Keys(m.Splits)) {
		c := m.Splits[split]
		fmt.Fprintf(&b, "| %s | %d | %d | %d |\n", split, c.Planned, c.Accepted, c.Rejected)
	}
	fmt.Fprintf(&b, "\nModel asked: `%s`. Prompt: `prompts/%s.txt`. Rules: `%s`. Source: %s, SHA-256 `%s`. Seed %d.\n",
		m.Run.ModelRequested, m.Run.PromptSHA256, m.Run.Rules, m.Run.Source, m.Run.SourceSHA256, m.Run.Seed)
	if len(m.RejectReasons) > 0 {
		var reasons []string
		for _, r := range slices.Sorted(maps.Keys(m.RejectReasons)) {
			reasons = append(reasons, fmt.Sprintf("%s %d", r, m.RejectReasons[r]))
		}
		fmt.Fprintf(&b, "Rejected for: %s.\n", strings.Join(reasons, ", "))
	}
	fmt.Fprintf(&b, "\nImages are not part of this dataset; rows carry their ids, names and licences as the source gives them. Captions keep the\nsource's licence, and what a model wrote is subject to the model's terms.\n\nCheck the files with `sha256sum -c SHA256SUMS`.\n")
	return b.Bytes()
}
