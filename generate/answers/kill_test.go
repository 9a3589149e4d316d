package answers

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// appendForever is the child of TestKilledWriter: it appends and prints the
// number of every acknowledged answer, until it is killed.
func appendForever(path string) {
	s, err := Open(path)
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	for n := int(s.Rows()); ; n++ {
		s.Append(sample(n, Usable), func(err error) { fmt.Println(n, err) })
	}
}

// Whatever was acknowledged is there after kill -9, and ids have no gaps.
func TestKilledWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	acknowledged := -1
	for round := range 6 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "PCCLIP_TEST_APPEND="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		stop := 1 + 389*round // within a group, at a border, after several
		for lines := bufio.NewScanner(out); lines.Scan(); {
			text, ok := strings.CutSuffix(lines.Text(), " <nil>")
			n, err := strconv.Atoi(text)
			if !ok || err != nil {
				t.Fatalf("the child says %q", lines.Text())
			}
			acknowledged = max(acknowledged, n)
			if stop--; stop == 0 {
				cmd.Process.Kill() // and read on: what is in the pipe was acknowledged too
			}
		}
		cmd.Wait()
		s := mustOpen(t, path)
		for n := range acknowledged + 1 {
			if _, ok, err := s.Get(key(n)); !ok || err != nil {
				t.Fatalf("round %d: answer %d was acknowledged: %v, %v", round, n, ok, err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
