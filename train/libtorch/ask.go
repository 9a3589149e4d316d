package libtorch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

// ask runs a command that answers quickly and gives its trimmed output. The
// error has the command's own last words.
func ask(ctx context.Context, wait time.Duration, input, name string, args ...string) (string, error) {
	limited, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	cmd := exec.CommandContext(limited, name, args...)
	cmd.WaitDelay = time.Second // a child that holds the pipes does not hold us
	cmd.Stdin = strings.NewReader(input)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &limitedWriter{w: &out, left: 1 << 20}, &limitedWriter{w: &errs, left: 1 << 20}
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case limited.Err() != nil:
		return "", fmt.Errorf("no answer within %v", wait)
	case err != nil && lastWords(errs.String()) != "":
		return "", errors.New(lastWords(errs.String()))
	case err != nil:
		return "", err
	}
	return strings.TrimSpace(out.String()), nil
}

// limitedWriter keeps the first bytes and drops the rest.
type limitedWriter struct {
	w    io.Writer
	left int
}

func (l *limitedWriter) Write(p []byte) (int, error) {
	keep := p[:min(len(p), l.left)]
	l.left -= len(keep)
	if _, err := l.w.Write(keep); err != nil {
		return 0, err
	}
	return len(p), nil
}

var password = regexp.MustCompile(`://[^/@\s]*@`)

// lastWords gives the line of a program's complaint that says most: the last
// one that speaks of an error, else the last one. Passwords in addresses are
// taken out.
func lastWords(complaint string) string {
	last, said := "", ""
	for line := range strings.Lines(complaint) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		last = line
		if strings.Contains(strings.ToLower(line), "error") {
			said = line
		}
	}
	if said == "" {
		said = last
	}
	if len(said) > 300 {
		said = strings.ToValidUTF8(said[:300], "") + "..."
	}
	return password.ReplaceAllString(said, "://***@")
}
