package libtorch

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// Supported range of libtorch's minor version; the major version is 2.
const (
	minMinor = 1
	maxMinor = 14
)

// supportedText names the range to users.
var supportedText = fmt.Sprintf("2.%d to 2.%d", minMinor, maxMinor)

// Version is libtorch's version. Tag is what follows the numbers, as written:
// "+cu130", "rc1", "a0+git1234567", or "".
type Version struct {
	Major, Minor, Patch int
	Tag                 string
}

var versionForm = regexp.MustCompile(`^v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?([-.+a-zA-Z][-.+a-zA-Z0-9]*)?$`)

// ParseVersion reads a version as PyTorch writes it. A missing patch number is
// zero.
func ParseVersion(s string) (Version, error) {
	m := versionForm.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return Version{}, fmt.Errorf("parse version %q: not of the form 2.11.0 or 2.11.0+cu130", s)
	}
	v := Version{Tag: m[4]}
	for i, to := range []*int{&v.Major, &v.Minor, &v.Patch} {
		if m[i+1] != "" {
			*to, _ = strconv.Atoi(m[i+1]) // at most four digits
		}
	}
	return v, nil
}

// String gives the version as PyTorch writes it.
func (v Version) String() string {
	return fmt.Sprintf("%d.%d.%d%s", v.Major, v.Minor, v.Patch, v.Tag)
}

// MarshalText gives String.
func (v Version) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText is ParseVersion.
func (v *Version) UnmarshalText(text []byte) error {
	p, err := ParseVersion(string(text))
	if err == nil {
		*v = p
	}
	return err
}

// Supported tells whether the project builds against this version.
func (v Version) Supported() bool {
	return v.Major == 2 && v.Minor >= minMinor && v.Minor <= maxMinor
}

var versionMacro = regexp.MustCompile(`(?m)^#define TORCH_VERSION_(MAJOR|MINOR|PATCH)\s+(\d{1,4})\s*$`)

// readVersion gives the version of a torch folder: the numbers from its
// headers, against which the build is made, and the tag from the file in which
// the Python package or the unpacked archive keeps the whole version.
func readVersion(torch string) (Version, error) {
	var text []byte
	var err error
	for _, name := range []string{"headeronly/version.h", "csrc/api/include/torch/version.h"} {
		if text, err = os.ReadFile(filepath.Join(torch, "include/torch", name)); err == nil {
			break
		}
	}
	if err != nil {
		return Version{}, fmt.Errorf("read version: %w", err)
	}
	numbers := map[string]int{}
	for _, m := range versionMacro.FindAllStringSubmatch(string(text), -1) {
		numbers[m[1]], _ = strconv.Atoi(m[2])
	}
	if len(numbers) != 3 {
		return Version{}, fmt.Errorf("read version: %s: version.h does not give three numbers", torch)
	}
	v := Version{Major: numbers["MAJOR"], Minor: numbers["MINOR"], Patch: numbers["PATCH"]}
	v.Tag = readTag(torch, v)
	return v, nil
}

var pythonVersion = regexp.MustCompile(`(?m)^__version__\s*=\s*['"]([^'"\n]+)['"]`)

// readTag gives the tag of the version v, "" where it cannot be known.
func readTag(torch string, v Version) string {
	written := ""
	if b, err := os.ReadFile(filepath.Join(torch, "version.py")); err == nil {
		if m := pythonVersion.FindSubmatch(b); m != nil {
			written = string(m[1])
		}
	} else if b, err := os.ReadFile(filepath.Join(torch, "build-version")); err == nil {
		written = string(b)
	}
	full, err := ParseVersion(written)
	if err != nil || full.Major != v.Major || full.Minor != v.Minor || full.Patch != v.Patch {
		return ""
	}
	return full.Tag
}
