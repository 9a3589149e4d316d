package libtorch

import (
	"strings"
	"testing"

	"github.com/pcclip/pcclip/train/libtorch/internal/fake"
)

func TestParseVersion(t *testing.T) {
	for _, c := range []struct {
		text      string
		want      Version
		supported bool
	}{
		{"2.11.0", Version{2, 11, 0, ""}, true},
		{"2.11.0+cu130", Version{2, 11, 0, "+cu130"}, true},
		{" 2.6.0+cpu\n", Version{2, 6, 0, "+cpu"}, true},
		{"2.1.2", Version{2, 1, 2, ""}, true},
		{"2.14.1", Version{2, 14, 1, ""}, true},
		{"2.15.0", Version{2, 15, 0, ""}, false},
		{"2.0.1", Version{2, 0, 1, ""}, false},
		{"1.13.1", Version{1, 13, 1, ""}, false},
		{"3.2.0", Version{3, 2, 0, ""}, false},
		{"v2.5", Version{2, 5, 0, ""}, true},
		{"2.12.0a0+git70d99e9", Version{2, 12, 0, "a0+git70d99e9"}, true},
		{"2.13.0.dev20260401+cu130", Version{2, 13, 0, ".dev20260401+cu130"}, true},
		{"2.9.0rc1", Version{2, 9, 0, "rc1"}, true},
	} {
		got, err := ParseVersion(c.text)
		if err != nil || got != c.want || got.Supported() != c.supported {
			t.Errorf("ParseVersion(%q) = %+v, %v, supported %v; want %+v, %v", c.text, got, err, got.Supported(), c.want, c.supported)
		}
	}
	for _, bad := range []string{"", "2", "two", "2.", "2.11.0 or so", "2.11.0+a b", "99999.1.0", "-2.1.0"} {
		if v, err := ParseVersion(bad); err == nil {
			t.Errorf("ParseVersion(%q) = %v, want an error", bad, v)
		}
	}
}

func FuzzParseVersion(f *testing.F) {
	for _, s := range []string{"2.11.0+cu130", "v2.5", "2.12.0a0+git1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := ParseVersion(s)
		if err != nil {
			return
		}
		again, err := ParseVersion(v.String())
		if err != nil || again != v {
			t.Errorf("%q reads as %+v, whose text reads as %+v, %v", s, v, again, err)
		}
	})
}

func TestReadVersion(t *testing.T) {
	older := func(files map[string][]byte) {
		files["include/torch/csrc/api/include/torch/version.h"] = files["include/torch/headeronly/version.h"]
		delete(files, "include/torch/headeronly/version.h")
	}
	archive := func(files map[string][]byte) {
		delete(files, "version.py")
		files["build-version"] = []byte("2.6.0+cpu\n")
	}
	stale := func(files map[string][]byte) { files["version.py"] = []byte("__version__ = '2.5.0+cu118'\n") }
	for name, c := range map[string]struct {
		change func(map[string][]byte)
		want   string
	}{
		"wheel":                {func(map[string][]byte) {}, "2.6.0+cu124"},
		"older layout":         {older, "2.6.0+cu124"},
		"archive":              {archive, "2.6.0+cpu"},
		"tag of other version": {stale, "2.6.0"},
	} {
		files := fake.Tree("2.6.0+cu124")
		c.change(files)
		got, err := readVersion(placeFiles(t, t.TempDir(), files))
		if err != nil || got.String() != c.want {
			t.Errorf("%s: version %v, %v; want %s", name, got, err, c.want)
		}
	}
	files := fake.Tree("2.6.0")
	files["include/torch/headeronly/version.h"] = []byte("#define TORCH_VERSION_MAJOR 2\n")
	if v, err := readVersion(placeFiles(t, t.TempDir(), files)); err == nil || !strings.Contains(err.Error(), "three numbers") {
		t.Errorf("version of half a header: %v, %v", v, err)
	}
}
