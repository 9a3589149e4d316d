package dataset

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/pcclip/pcclip/shards/fault"
)

func TestNamesStayInTheImagesFolder(t *testing.T) {
	outside := write(t, "secret.jpg", "x")
	dir := t.TempDir()
	for link, to := range map[string]string{"link.jpg": outside, "up": ".."} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "in.jpg"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	images, err := OpenImages(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer images.Close()
	for _, name := range []string{"../secret.jpg", outside, "link.jpg", "up/secret.jpg", "a/../../x.jpg", ""} {
		f, err := images.Open(name)
		if err == nil {
			f.Close()
		}
		if fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), "leaves") {
			t.Errorf("%q: got %v", name, err)
		}
	}
	if _, err := images.Open("gone.jpg"); fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("got %v", err)
	}
	f, err := images.Open("in.jpg")
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
}

func TestSystemsFailureIsNotTheNames(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "in.jpg"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.jpg"), 0o644); err != nil {
		t.Fatal(err)
	}
	images, err := OpenImages(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := images.Open("pipe.jpg"); fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("a pipe: got %v", err)
	}
	if _, err := images.Open("in.jpg/x"); fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("a file as a folder: got %v", err)
	}
	images.Close()
	if _, err := images.Open("in.jpg"); err == nil || errors.Is(err, ErrLeaves) || fault.ExitCode(err) == fault.Usage {
		t.Errorf("a closed folder: got %v", err)
	}
}
