package release

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pcclip/pcclip/shards"
)

// Names in a release.
const (
	ManifestFile  = "manifest.json" // written last of what makes a release
	planFile      = "plan.json"
	imagesFile    = "images.parquet"
	cardFile      = "README.md"
	croissantFile = "croissant.json"
	sumsFile      = "SHA256SUMS"
	changelogFile = "CHANGELOG.md"
	configFile    = "config.yaml"
	reportFile    = "reports/validation.json"
)

// folder is a folder under way, with a list of what stands in it.
type folder struct {
	root  string
	files []shards.File
}

// makeFolder fills a folder beside out and gives it its name at the end: nobody
// sees it in part.
func makeFolder(out string, fill func(*folder) error) error {
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return fmt.Errorf("write release: %w", err)
	}
	tmp, err := os.MkdirTemp(filepath.Dir(out), ".release-*")
	if err != nil {
		return fmt.Errorf("write release: %w", err)
	}
	defer os.RemoveAll(tmp)
	if err := fill(&folder{root: tmp}); err != nil {
		return fmt.Errorf("write release %s: %w", out, err)
	}
	if err := errors.Join(os.Chmod(tmp, 0o755), os.Rename(tmp, out)); err != nil {
		return fmt.Errorf("write release: %w", err)
	}
	return nil
}

// path gives where a file of that slash path stands.
func (f *folder) path(slash string) string { return filepath.Join(f.root, filepath.FromSlash(slash)) }

// parent makes the folder that a file stands in.
func (f *folder) parent(slash string) error { return os.MkdirAll(filepath.Dir(f.path(slash)), 0o755) }

// add lists a written file, as what it is.
func (f *folder) add(info shards.FileInfo, as shards.File) (err error) {
	if as.FileInfo, err = info.In(f.root); err != nil {
		return err
	}
	f.files = append(f.files, as)
	return nil
}

// put writes and lists a file.
func (f *folder) put(slash, kind string, data []byte) error {
	if err := f.parent(slash); err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	info := shards.FileInfo{Path: filepath.ToSlash(f.path(slash)), SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(data))}
	return errors.Join(shards.WriteFile(f.path(slash), data), f.add(info, shards.File{Kind: kind}))
}

// list takes in a text file that is written already.
func (f *folder) list(slash string) error {
	data, err := os.ReadFile(f.path(slash))
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	info := shards.FileInfo{Path: filepath.ToSlash(f.path(slash)), SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(data))}
	return f.add(info, shards.File{Kind: shards.KindText})
}

// copy puts a whole file of another folder here.
func (f *folder) copy(from, slash, kind string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return f.put(slash, kind, data)
}
