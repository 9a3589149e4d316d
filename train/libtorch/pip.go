package libtorch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/pcclip/pcclip/shards/fault"
)

// findPip gives the first Python that has pip.
func (o Options) findPip(ctx context.Context) (python string, err error) {
	pythons, _ := o.pythons()
	for _, python := range pythons {
		if _, err := ask(ctx, o.Wait, "", python, "-m", "pip", "--version"); err == nil {
			return python, nil
		}
		if err := ctx.Err(); err != nil {
			return "", fmt.Errorf("find pip: %w", err)
		}
	}
	why := "no Python on PATH has it"
	if len(pythons) == 0 {
		why = "no Python is on PATH"
	}
	return "", fault.Input("find pip", "", "install it (Debian, Ubuntu: apt-get install python3-pip) and a network, or "+waysOut, "%s", why)
}

// download has pip put a wheel into the folder. pip's own configuration
// decides where it comes from. Its temporary files stay within the folder of
// temporary files, so that the bytes can be counted and nothing is left over.
func (w wheel) download(ctx context.Context, python, dir, temp string) error {
	args := []string{
		"-m", "pip", "download", "--disable-pip-version-check", "--no-input", "--no-cache-dir", "--progress-bar", "off",
		"--no-deps", "--only-binary=:all:", "--python-version", "3.11", "--implementation", "cp", "--platform", w.platform,
	}
	if w.abi != "" {
		args = append(args, "--abi", w.abi)
	}
	cmd := exec.CommandContext(ctx, python, append(args, "--dest", dir, w.project+"=="+w.version)...)
	cmd.Dir = temp
	cmd.Env = append(os.Environ(), "TMPDIR="+temp, "PIP_REQUIRE_VIRTUALENV=0")
	endWhole(cmd) // python3 may be a script that starts the real one
	cmd.WaitDelay = 3 * time.Second
	var said bytes.Buffer
	cmd.Stdout = &limitedWriter{w: &said, left: 1 << 20}
	cmd.Stderr = cmd.Stdout
	err := cmd.Run()
	if ctx.Err() != nil {
		return fmt.Errorf("download %s: %w", w.project, ctx.Err())
	}
	if err != nil {
		cause := err
		if words := lastWords(said.String()); words != "" {
			cause = errors.New("pip: " + strings.TrimPrefix(words, "ERROR: "))
		}
		return &fault.Error{
			Op: "download " + w.project + " " + w.version, Err: cause,
			Hint: "check the network and pip's index, then try again; or " + waysOut, Code: fault.Usage,
		}
	}
	return nil
}

// watch reports the growth of a folder until the returned function is called.
func (o Options) watch(ctx context.Context, dir string, total int64) (stop func()) {
	if o.Progress == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(300 * time.Millisecond)
		defer tick.Stop()
		most := int64(0)
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				// A file being moved may be counted twice or not at all.
				most = max(most, min(folderSize(dir), total))
				o.Progress(most, total)
			}
		}
	}()
	return func() { cancel(); <-done }
}

// folderSize adds up the files of a folder that may be changing, in bytes.
func folderSize(dir string) (n int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil // gone again: not counted
		}
		if info, err := d.Info(); err == nil {
			n += info.Size()
		}
		return nil
	})
	return n
}
