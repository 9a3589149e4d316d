package shards

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// Validate says whether the manifest adds up: in every split and in total
// planned = accepted + rejected + failed + pending; totals are the sums of the
// splits; reasons sum to the rows they explain; the rows of the accepted and
// rejected files of a split are its counts; paths stay inside the run.
func (m *Manifest) Validate() error {
	var sum Count
	for _, split := range slices.Sorted(maps.Keys(m.Splits)) {
		c := m.Splits[split]
		if err := c.validate(); err != nil {
			return fmt.Errorf("split %s: %w", split, err)
		}
		sum = sum.Add(c)
	}
	if sum != m.Totals {
		return fmt.Errorf("totals %+v are not the sums of the splits %+v", m.Totals, sum)
	}
	if n := total(m.RejectReasons); n != m.Totals.Rejected {
		return fmt.Errorf("reject reasons explain %d rows, not the %d rejected", n, m.Totals.Rejected)
	}
	if n := total(m.FailReasons); n != m.Totals.Failed && len(m.FailReasons) > 0 {
		return fmt.Errorf("fail reasons explain %d pairs, not the %d failed", n, m.Totals.Failed)
	}
	return m.validateFiles()
}

func (c Count) validate() error {
	if min(c.Planned, c.Accepted, c.Rejected, c.Failed, c.Pending) < 0 {
		return fmt.Errorf("negative count in %+v", c)
	}
	if n := c.Accepted + c.Rejected + c.Failed + c.Pending; n != c.Planned {
		return fmt.Errorf("planned %d is not accepted %d + rejected %d + failed %d + pending %d",
			c.Planned, c.Accepted, c.Rejected, c.Failed, c.Pending)
	}
	return nil
}

func (m *Manifest) validateFiles() error {
	seen := map[string]bool{}
	rows := map[string]map[string]int64{KindAccepted: {}, KindRejected: {}}
	for _, f := range m.Files {
		if err := f.validate(); err != nil {
			return fmt.Errorf("file %q: %w", f.Path, err)
		}
		if seen[f.Path] {
			return fmt.Errorf("file %q: listed twice", f.Path)
		}
		seen[f.Path] = true
		if bySplit := rows[f.Kind]; bySplit != nil {
			if _, ok := m.Splits[f.Split]; !ok {
				return fmt.Errorf("file %q: unknown split %q", f.Path, f.Split)
			}
			bySplit[f.Split] += f.Rows
		}
	}
	for _, split := range slices.Sorted(maps.Keys(m.Splits)) {
		c := m.Splits[split]
		if a, r := rows[KindAccepted][split], rows[KindRejected][split]; a != c.Accepted || r != c.Rejected {
			return fmt.Errorf("split %s: files hold %d accepted and %d rejected rows, not %d and %d", split, a, r, c.Accepted, c.Rejected)
		}
	}
	return nil
}

func (f File) validate() error {
	switch sum, err := hex.DecodeString(f.SHA256); {
	case !filepath.IsLocal(filepath.FromSlash(f.Path)) || path.Clean(f.Path) != f.Path || f.Path == ".":
		return errors.New("not a plain path inside the run")
	case err != nil || len(sum) != sha256.Size:
		return fmt.Errorf("sha256 %q is not 64 hex digits", f.SHA256)
	case f.Bytes < 0 || f.Rows < 0:
		return fmt.Errorf("%d bytes, %d rows", f.Bytes, f.Rows)
	case f.Kind == "":
		return errors.New("no kind")
	}
	return nil
}

func total(counts map[string]int64) int64 {
	n := int64(0)
	for _, c := range counts {
		n += c
	}
	return n
}

// VerifyFiles compares size and SHA-256 of every listed file under root with
// the manifest. It looks at all files and gives one error a damaged or missing
// one, joined; damage wraps ErrCorrupt. It follows no path out of root.
func (m *Manifest) VerifyFiles(root string) error {
	dir, err := os.OpenRoot(root)
	if err != nil {
		return fmt.Errorf("verify files: %w", err)
	}
	defer dir.Close()
	var bad []error
	for _, f := range m.Files {
		if err := f.verify(dir); err != nil {
			bad = append(bad, fmt.Errorf("verify %s: %w", f.Path, err))
		}
	}
	return errors.Join(bad...)
}

func (f File) verify(dir *os.Root) error {
	in, err := dir.Open(filepath.FromSlash(f.Path))
	if err != nil {
		return err
	}
	defer in.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, in)
	if err != nil {
		return err
	}
	if n != f.Bytes {
		return fmt.Errorf("%w: %d bytes, not %d", ErrCorrupt, n, f.Bytes)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != f.SHA256 {
		return fmt.Errorf("%w: sha256 %s, not %s", ErrCorrupt, got, f.SHA256)
	}
	return nil
}
