package rundir

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/shards/fault"
)

func TestSettingsAreFixedOnceThereIsOutput(t *testing.T) {
	d, err := Create(filepath.Join(t.TempDir(), "run"))
	if err != nil {
		t.Fatal(err)
	}
	record := func(model string, workers int) error {
		return d.Record("ask", "out", []Setting{{"model", model, true}, {"workers", workers, false}})
	}
	for _, model := range []string{"typo", "right"} {
		if err := record(model, 1); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(d.File("out"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := record("right", 7); err != nil {
		t.Errorf("another number of workers: %v", err)
	}
	err = record("other", 7)
	if fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), "model was right, now other") {
		t.Errorf("another model: %v", err)
	}
	if v, err := d.Recorded("ask", "workers"); v != "7" || err != nil {
		t.Errorf("workers %q, %v", v, err)
	}
	if v, err := d.Recorded("sample", "images"); v != "" || err != nil {
		t.Errorf("absent value %q, %v", v, err)
	}
	if err := os.WriteFile(d.File("config.yaml"), []byte("colour: red"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := record("right", 1); fault.ExitCode(err) != fault.Usage {
		t.Errorf("a foreign file: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, file + "-missing"} {
		if _, err := Open(path); fault.ExitCode(err) != fault.Usage {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// A second process is refused with the first one's id, and not after its death.
func TestLockIsHeldByOneProcess(t *testing.T) {
	if dir := os.Getenv("RUNDIR_HOLD"); dir != "" {
		if _, err := (Dir{dir}).Lock("stage"); err != nil {
			t.Fatal(err)
		}
		os.Stdout.WriteString("held\n")
		select {}
	}
	d, err := Create(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run", "TestLockIsHeldByOneProcess")
	cmd.Env = append(os.Environ(), "RUNDIR_HOLD="+d.Path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 5)
	if _, err := out.Read(buf); err != nil {
		t.Fatal(err)
	}
	_, err = d.Lock("stage")
	if fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), "pid ") {
		t.Errorf("got %v", err)
	}
	if unlock, err := d.Lock("other"); err != nil {
		t.Errorf("another stage: %v", err)
	} else {
		unlock()
	}
	cmd.Process.Kill()
	cmd.Wait()
	unlock, err := d.Lock("stage")
	if err != nil {
		t.Fatalf("after the holder's death: %v", err)
	}
	unlock()
}
