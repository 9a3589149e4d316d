package shards

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/pcclip/pcclip/shards/fault"
)

// ManifestVersion is the version of the manifest's own layout.
const ManifestVersion = 1

// Manifest is the record of a run, written last: what was asked, what came of
// it, and every file with its hash. Counts add up; see Validate.
type Manifest struct {
	Version       int              `json:"version"` // ManifestVersion
	Tool          Tool             `json:"tool"`
	Run           Run              `json:"run"`
	Splits        map[string]Count `json:"splits"`
	Totals        Count            `json:"totals"`
	RejectReasons map[string]int64 `json:"reject_reasons"`         // rule name -> rows
	FailReasons   map[string]int64 `json:"fail_reasons,omitempty"` // error kind -> pairs
	Files         []File           `json:"files"`                  // sorted by path
	ModelsServed  map[string]int64 `json:"models_served"`          // name in the answer -> answers
	Fingerprints  map[string]int64 `json:"fingerprints"`           // system fingerprint -> answers
	Tokens        Tokens           `json:"tokens"`
	Cost          *Cost            `json:"cost,omitempty"`           // of Tokens; null where no single price is known
	Truncated     int64            `json:"clip_truncated,omitempty"` // accepted rows of which a CLIP text tower reads only the beginning; see ClipContext
	Release       *Release         `json:"release,omitempty"`        // null in a run
}

// Tool names the program that wrote the run.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Run is the identity of a run: two runs that agree in it asked for the same.
type Run struct {
	Seed           int64  `json:"seed"`
	Source         string `json:"source"` // prefix of the ids, such as "coco"
	SourceSHA256   string `json:"source_sha256"`
	PromptID       string `json:"prompt_id"`
	PromptSHA256   string `json:"prompt_sha256"`
	Rules          string `json:"rules"` // version of the rule set
	ModelRequested string `json:"model_requested"`
}

// Count is the fate of planned pairs. Rejected counts answers that a rule
// refused, Failed pairs without a usable answer, Pending pairs not settled yet.
type Count struct {
	Planned  int64 `json:"planned"`
	Accepted int64 `json:"accepted"`
	Rejected int64 `json:"rejected"`
	Failed   int64 `json:"failed"`
	Pending  int64 `json:"pending"`
}

// Add gives the sum of two counts.
func (c Count) Add(d Count) Count {
	return Count{
		c.Planned + d.Planned, c.Accepted + d.Accepted, c.Rejected + d.Rejected,
		c.Failed + d.Failed, c.Pending + d.Pending,
	}
}

// Kinds of files. Rows of accepted and rejected files are held against the
// counts; files of other kinds are only held against their hash.
const (
	KindAccepted = "accepted"
	KindRejected = "rejected"
	KindImages   = "images"
	KindAnswers  = "answers" // of the model that wrote the rows
	KindJudged   = "judged"  // of a model that judged them
	KindRules    = "rules"   // the file of the rules, where they are not built in
	KindText     = "text"
)

// File is one file of a run.
type File struct {
	FileInfo
	Split   string `json:"split,omitempty"`
	Kind    string `json:"kind"`
	RowRoot string `json:"row_root,omitempty"` // of the rows of a release; see RowRoot
}

// Tokens are the sums that the endpoint reported; Cached is part of Prompt and
// Reasoning part of Completion.
type Tokens struct {
	Prompt     int64 `json:"prompt"`
	Cached     int64 `json:"cached"`
	Completion int64 `json:"completion"`
	Reasoning  int64 `json:"reasoning"`
}

// Cost is what the tokens of a manifest cost, in any currency, at one price for
// all endpoints. Requests that brought no row's answer are not in it, and an
// answer that several pairs share is in it for each of them.
type Cost struct {
	Prompt     float64 `json:"prompt"`           // of a million tokens
	Completion float64 `json:"completion"`       // of a million tokens
	Cached     float64 `json:"cached,omitempty"` // of a million cached tokens of prompts; 0: as others
	Total      float64 `json:"total"`            // to the millionth
}

// Write sets the version, sorts the files, checks the manifest and stores it as
// canonical JSON, atomically. A manifest that does not add up is not written.
func (m *Manifest) Write(path string) error {
	m.Version = ManifestVersion
	slices.SortFunc(m.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	if err := m.Validate(); err != nil {
		return fmt.Errorf("write manifest %s: %w", path, err)
	}
	doc, err := canonical(m)
	if err != nil {
		return fmt.Errorf("write manifest %s: %w", path, err)
	}
	return WriteFile(path, doc)
}

// ReadManifest reads and checks a manifest. A missing file gives fs.ErrNotExist,
// a damaged one ErrCorrupt; one of another version asks for another pcclip.
func ReadManifest(path string) (*Manifest, error) {
	doc, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	var head struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(doc, &head); err != nil {
		return nil, fmt.Errorf("read manifest %s: %w: %w", path, ErrCorrupt, err)
	}
	if head.Version != ManifestVersion {
		return nil, fault.Input("read manifest", path, "use the pcclip that wrote it", "layout version %d, not %d", head.Version, ManifestVersion)
	}
	m, dec := &Manifest{}, json.NewDecoder(bytes.NewReader(doc))
	dec.DisallowUnknownFields()
	if err := dec.Decode(m); err != nil {
		return nil, fmt.Errorf("read manifest %s: %w: %w", path, ErrCorrupt, err)
	}
	if err := m.Validate(); err != nil {
		return nil, fmt.Errorf("read manifest %s: %w: %w", path, ErrCorrupt, err)
	}
	return m, nil
}

// canonical gives JSON with sorted keys, two-space indent and a final newline.
// Whole numbers stay exact.
func canonical(v any) ([]byte, error) {
	flat, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(flat))
	dec.UseNumber()
	var tree any
	if err := dec.Decode(&tree); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one document")
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(tree); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
