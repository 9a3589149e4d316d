package release

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pcclip/pcclip/shards"
)

// required are the files that every release has.
var required = []string{cardFile, configFile, reportFile, "LICENSE", "NOTICE", "CITATION.cff", changelogFile, "queries.sql", ManifestFile, planFile, imagesFile, croissantFile}

// found is what stands in the folder under a name.
type found struct {
	sum   string
	bytes int64
}

// files holds what stands in the folder against SHA256SUMS and the manifest. It
// follows no link and no path out of the folder.
func (v *verifier) files() error {
	there, err := v.hashAll()
	if err != nil {
		return err
	}
	sums, err := v.readSums()
	if err != nil {
		return err
	}
	v.there = there
	v.readManifest()
	v.compareSums(there, sums)
	v.compareManifest(there)
	for _, name := range required {
		if _, ok := there[name]; !ok {
			v.bad(name, "it is missing")
		}
	}
	v.signing = true
	defer func() { v.signing = false }()
	return v.signature()
}

func (v *verifier) hashAll() (map[string]found, error) {
	root, err := os.OpenRoot(v.dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	there := map[string]found{}
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err := errors.Join(err, v.ctx.Err()); err != nil || d.IsDir() {
			return err
		}
		if !d.Type().IsRegular() {
			v.bad(name, "it is no regular file")
			return nil
		}
		f, err := root.Open(filepath.FromSlash(name))
		if err != nil {
			return err
		}
		defer f.Close()
		h := sha256.New()
		n, err := io.Copy(h, f)
		there[name] = found{hex.EncodeToString(h.Sum(nil)), n}
		v.report.Files, v.report.Bytes = v.report.Files+1, v.report.Bytes+n
		return err
	})
	return there, err
}

// readSums takes SHA256SUMS apart, strictly as it was written.
func (v *verifier) readSums() (map[string]string, error) {
	doc, err := os.ReadFile(v.path(sumsFile))
	if err != nil {
		return nil, err
	}
	sums, last := map[string]string{}, ""
	for i, line := range bytes.SplitAfter(doc, []byte("\n")) {
		if len(line) == 0 {
			break // after the last line
		}
		text, whole := strings.CutSuffix(string(line), "\n")
		sum, name, ok := strings.Cut(text, "  ")
		raw, err := hex.DecodeString(sum)
		if !whole || !ok || err != nil || len(raw) != sha256.Size || strings.ToLower(sum) != sum || name <= last || !fs.ValidPath(name) {
			v.bad(sumsFile, "line %d is not a hash, two spaces and a name, in the order of names", i+1)
			continue
		}
		sums[name], last = sum, name
	}
	return sums, nil
}

// compareSums names the file that is wrong: SHA256SUMS itself, where its line is
// almost right. (Another file's hash would differ in nearly every digit.)
func (v *verifier) compareSums(there map[string]found, sums map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		right := unlisted(there, sums, sums[name])
		switch f, ok := there[name]; {
		case !ok && right != "":
			v.bad(sumsFile, "it calls %s %q", right, name)
			sums[right] = sums[name]
		case !ok:
			v.bad(name, "%s lists it, and it is not there", sumsFile)
		case f.sum != sums[name] && differing(f.sum, sums[name]) < 16:
			v.bad(sumsFile, "its hash of %s has altered digits", name)
		case f.sum != sums[name]:
			v.bad(name, "its SHA-256 is %s, not %s", f.sum, sums[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(there)) {
		if _, ok := sums[name]; !ok && name != sumsFile {
			v.bad(name, "it is there, and %s does not list it", sumsFile)
		}
	}
}

// unlisted names the file of that hash that no line lists, "" for none.
func unlisted(there map[string]found, sums map[string]string, sum string) string {
	for _, name := range slices.Sorted(maps.Keys(there)) {
		if _, listed := sums[name]; !listed && there[name].sum == sum {
			return name
		}
	}
	return ""
}

func differing(a, b string) int {
	n := 0
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}

func (v *verifier) readManifest() {
	m, err := shards.ReadManifest(v.path(ManifestFile))
	switch {
	case errors.Is(err, fs.ErrNotExist): // said of the required files
	case err != nil:
		v.bad(ManifestFile, "%s", strings.ReplaceAll(err.Error(), v.dir+string(filepath.Separator), ""))
	case m.Release == nil:
		v.bad(ManifestFile, "it is that of a run, not of a release")
	default:
		v.m = m
		v.report.Name, v.report.Version = m.Release.Name, m.Release.Version
	}
}

func (v *verifier) compareManifest(there map[string]found) {
	if v.m == nil {
		return
	}
	listed := map[string]bool{}
	for _, f := range v.m.Files {
		listed[f.Path] = true
		switch got, ok := there[f.Path]; {
		case !ok:
			v.bad(f.Path, "%s lists it, and it is not there", ManifestFile)
		case got.bytes != f.Bytes:
			v.bad(f.Path, "it has %d bytes, not the %d of the manifest", got.bytes, f.Bytes)
		case got.sum != f.SHA256:
			v.bad(f.Path, "its SHA-256 is %s, not the manifest's %s", got.sum, f.SHA256)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(there)) {
		if strings.HasSuffix(name, ".parquet") && !listed[name] {
			v.bad(name, "it is there, and %s does not list it", ManifestFile)
		}
	}
	if prompt := fmt.Sprintf("prompts/%s.txt", v.m.Run.PromptSHA256); there[prompt].sum != v.m.Run.PromptSHA256 {
		v.bad(prompt, "it is not the prompt that it is named after")
	}
	v.rules(there)
}

// rules looks for the file of rules that are not built in: their version ends
// with the beginning of its hash.
func (v *verifier) rules(there map[string]found) {
	version, _, _ := strings.Cut(v.m.Run.Rules, "+")
	if strings.Contains(version, "/") {
		return
	}
	file := "rules/" + version + ".yaml"
	digest := version[strings.LastIndex(version, "-")+1:]
	if !strings.HasPrefix(there[file].sum, digest) || there[file].sum == "" {
		v.bad(file, "it is not the file of rules that it is named after")
	}
}
