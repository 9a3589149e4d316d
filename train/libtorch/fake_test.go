package libtorch

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// placeFiles writes files below a folder.
func placeFiles(t *testing.T, dir string, files map[string][]byte) string {
	t.Helper()
	for name, data := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// world gives options within an empty machine: no Python, no compiler, nothing
// in the cache, and PATH is one folder of scripts.
func world(t *testing.T) (o Options, bin string, said *[]string) {
	t.Helper()
	if runtime.GOOS != "linux" || machines[runtime.GOARCH] == 0 {
		t.Skip("the made-up libraries are for Linux on amd64 and arm64")
	}
	bin = t.TempDir()
	t.Setenv("PATH", bin)
	t.Setenv("PCCLIP_CACHE", filepath.Join(t.TempDir(), "cache"))
	for _, name := range []string{"LIBTORCH", "PYTHON", "VIRTUAL_ENV", "CONDA_PREFIX", "CXX", "LD_LIBRARY_PATH"} {
		t.Setenv(name, "")
	}
	o = DefaultOptions()
	o.Wait = 20 * time.Second
	said = new([]string)
	o.Say = func(line string) { *said = append(*said, line) }
	return o, bin, said
}

// script writes a shell script.
func script(t *testing.T, dir, name, body string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// python writes a Python that knows its torch and has no pip.
func python(t *testing.T, dir, name, torch string) string {
	return script(t, dir, name, `[ "$1" = -c ] || exit 1; echo '{"torch": "`+torch+`"}'`)
}

// makeWheel writes a wheel and gives its pin.
func makeWheel(t *testing.T, dir, project, version string, files map[string][]byte) wheel {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range sortedKeys(files) {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(files[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	file := strings.ReplaceAll(project, "-", "_") + "-" + version + "-py3-none-any.whl"
	placeFiles(t, dir, map[string][]byte{file: b.Bytes()})
	sum := sha256.Sum256(b.Bytes())
	return wheel{
		project: project, version: version, platform: "any", file: file,
		size: int64(b.Len()), sha256: hex.EncodeToString(sum[:]),
	}
}

func sortedKeys(m map[string][]byte) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// pip writes a Python without torch whose pip copies files from a folder as
// wheels of the same project, and writes each call into calls.txt there.
func pip(t *testing.T, bin, index string) {
	script(t, bin, "python3", `
case "$*" in
"-c "*) echo '{"torch": ""}'; exit 0 ;;
"-m pip --version") echo pip 99; exit 0 ;;
"-m pip download "*) ;;
*) exit 9 ;;
esac
echo "$*" >>'`+index+`/calls.txt'
dest=
for a; do
  [ "$previous" = --dest ] && dest=$a
  previous=$a
done
project=$(echo "${a%%==*}" | /usr/bin/tr - _)
[ -d "$TMPDIR" ] || exit 8
/bin/cp '`+index+`/'"$project"-*.whl "$dest" 2>/dev/null || { echo "ERROR: Could not find $a at https://me:secret@index.example/simple" >&2; exit 1; }
`)
}

// listing gives the paths of all files below a folder, sorted.
func listing(t *testing.T, dir string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			files = append(files, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return files
}
