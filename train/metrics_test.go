package train

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMetricsAreCutBackToTheResumedStep(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "metrics.jsonl")
	write := func(after int, steps ...int) {
		m, err := openJournal(dir, after)
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		for _, s := range steps {
			if err := m.Write(Metric{Step: s}); err != nil {
				t.Fatal(err)
			}
		}
	}
	write(0, 1, 2, 3, 4)
	f, _ := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	f.WriteString(`{"step":5,"lo`) // a line cut by a crash
	f.Close()
	write(2, 3)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	if len(lines) != 3 || !strings.Contains(lines[2], `"step":3`) {
		t.Fatalf("file is:\n%s", b)
	}
}
