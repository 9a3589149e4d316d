package batch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pcclip/pcclip/generate/answers"
	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/shards/fault"
)

// fake is a provider whose files are given.
type fake struct {
	files   map[string][]string // one text a download, the last one again and again
	broken  map[string]int      // downloads that break off after half of the text
	loads   map[string]int
	batches []llm.Batch
	made    int
	lose    bool // confirmations of creations
}

func (f *fake) URL() string { return "http://h/v1" }

func (f *fake) Upload(_ context.Context, _ string, r io.ReadSeeker, size int64) (string, error) {
	r.Seek(0, io.SeekStart)
	b, err := io.ReadAll(r)
	if int64(len(b)) != size {
		return "", fmt.Errorf("%d bytes, %d announced", len(b), size)
	}
	return fmt.Sprintf("in-%d", size), err
}

func (f *fake) CreateBatch(_ context.Context, file string, tags map[string]string) (llm.Batch, error) {
	f.made++
	b := llm.Batch{ID: fmt.Sprintf("b%d", f.made), State: "validating", Tags: tags}
	f.batches = append(f.batches, b)
	if f.lose {
		return llm.Batch{}, &llm.Error{Kind: llm.Transport}
	}
	return b, nil
}

func (f *fake) Batch(_ context.Context, id string) (llm.Batch, error) {
	return llm.Batch{ID: id, State: llm.Completed}, nil
}

func (f *fake) Batches(context.Context) iter.Seq2[llm.Batch, error] {
	return func(yield func(llm.Batch, error) bool) {
		for _, b := range f.batches {
			if !yield(b, nil) {
				return
			}
		}
	}
}

func (f *fake) CancelBatch(ctx context.Context, id string) (llm.Batch, error) {
	return f.Batch(ctx, id)
}

func (f *fake) Download(_ context.Context, file string, _ int64, take func([]byte) error) error {
	texts := f.files[file]
	text := texts[min(f.loads[file], len(texts)-1)]
	f.loads[file]++
	cut := f.broken[file] >= f.loads[file]
	if cut {
		text = text[:len(text)/2]
	}
	for line := range strings.Lines(text) {
		if cut && !strings.HasSuffix(line, "\n") {
			break
		}
		if err := take([]byte(strings.TrimSpace(line))); err != nil {
			return err
		}
	}
	if cut {
		return &llm.Error{Kind: llm.Transport, Message: "broken off"}
	}
	return nil
}

// memory keeps notes.
type memory map[string][]byte

func (m memory) Note(name string, value []byte) error {
	m[name] = slices.Clone(value)
	return nil
}

func key(i int) (k answers.Key) {
	k[0], k[1] = byte(i), byte(i>>8)
	return k
}

func quick() Options {
	o := Default()
	o.Poll, o.MaxPoll, o.Grace = time.Microsecond, 10*time.Microsecond, time.Millisecond
	return o
}

func open(t testing.TB, o Options, p Provider, m memory) *Desk {
	t.Helper()
	d, err := Open(o, m, maps.Clone(m), filepath.Join(os.TempDir(), fmt.Sprintf("pcclip-batch-test-%d", os.Getpid())), func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	d.Through(p)
	return d
}

func answer(k answers.Key, text string) string {
	return fmt.Sprintf(`{"custom_id":%q,"response":{"status_code":200,"body":{"choices":[{"message":{"content":%q}}]}}}`, ID(k), text)
}

func refusal(k answers.Key) string {
	return fmt.Sprintf(`{"custom_id":%q,"response":{"status_code":500,"body":{"error":{"message":"oops"}}}}`, ID(k))
}

func send(t testing.TB, d *Desk, n int) *Record {
	t.Helper()
	for i := range n {
		if err := d.Add(key(i), []byte(fmt.Sprintf(`{"custom_id":%q}`, ID(key(i)))), Tokens{1, 2}); err != nil {
			t.Fatal(err)
		}
	}
	r, err := d.Submit(t.Context())
	if err != nil || r.Lines != n || r.Tokens != (Tokens{int64(n), int64(2 * n)}) {
		t.Fatalf("%+v, %v", r, err)
	}
	return r
}

// Whatever the lines are and however often downloads break off, a request is
// settled by its own first good line only, and a line is handed over once.
func TestTake(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(rt, "requests")
		f := &fake{files: map[string][]string{}, broken: map[string]int{}, loads: map[string]int{}}
		d := open(t, quick(), f, memory{})
		r := send(t, d, n)
		var text strings.Builder
		first := map[answers.Key]string{}
		for i := range rapid.IntRange(0, 30).Draw(rt, "lines") {
			k := key(rapid.IntRange(0, n+2).Draw(rt, "of"))
			said := fmt.Sprint("answer ", i)
			switch rapid.SampledFrom([]string{"answer", "answer", "refusal", "torn", "foreign"}).Draw(rt, "line") {
			case "answer":
				text.WriteString(answer(k, said) + "\n")
				if _, known := first[k]; !known && int(k[0]) < n {
					first[k] = said
				}
			case "refusal":
				text.WriteString(refusal(k) + "\n")
			case "torn":
				text.WriteString(answer(k, said)[:40] + "\n")
			case "foreign":
				text.WriteString(strings.Replace(answer(k, said), ID(k), "mine", 1) + "\n")
			}
		}
		f.files["out"] = []string{text.String()}
		f.broken["out"] = rapid.IntRange(0, d.o.Attempts-1).Draw(rt, "broken")
		got := map[answers.Key]string{}
		tally, err := d.Take(t.Context(), Ended{r, llm.Batch{ID: r.Batch, State: llm.Completed, Output: "out"}}, func(k answers.Key, l llm.Line) (bool, error) {
			if int(k[0]) >= n || got[k] != "" {
				rt.Fatalf("handed over %v: %+v", k, l)
			}
			if l.Err == nil {
				got[k] = l.Answer.Text
			}
			return l.Err == nil, nil
		})
		if err != nil || tally.Settled != len(got) {
			rt.Fatalf("%+v, %v; %d settled", tally, err, len(got))
		}
		if f.broken["out"] == 0 && !maps.Equal(got, first) {
			rt.Fatalf("got %v, want %v", got, first)
		}
		if err := d.Done(r); err != nil || d.Holds(key(0)) || len(d.Open()) != 0 {
			rt.Fatal(err)
		}
	})
}

// A file that lacks lines is downloaded again, and what is late is taken.
func TestTakeAgain(t *testing.T) {
	whole := answer(key(0), "a") + "\n" + answer(key(1), "b") + "\n" + answer(key(2), "c") + "\n"
	f := &fake{files: map[string][]string{"out": {whole[:len(whole)-30], whole}}, loads: map[string]int{}}
	d := open(t, quick(), f, memory{})
	r := send(t, d, 3)
	var got []string
	tally, err := d.Take(t.Context(), Ended{r, llm.Batch{State: llm.Completed, Output: "out", Completed: 3}}, func(_ answers.Key, l llm.Line) (bool, error) {
		got = append(got, l.Answer.Text)
		return true, nil
	})
	if err != nil || tally.Settled != 3 || strings.Join(got, "") != "abc" || f.loads["out"] != 2 {
		t.Errorf("%+v, %v, %q, %d downloads", tally, err, got, f.loads["out"])
	}
	mine := errors.New("mine")
	f.files["out"], f.loads["out"] = []string{whole}, 0
	if _, err := d.Take(t.Context(), Ended{r, llm.Batch{Output: "out"}}, func(answers.Key, llm.Line) (bool, error) { return false, mine }); !errors.Is(err, mine) {
		t.Errorf("got %v", err)
	}
}

// What one desk notes, another one goes on with.
func TestDeskGoesOn(t *testing.T) {
	m, f := memory{}, &fake{}
	d := open(t, quick(), f, m)
	r := send(t, d, 5)
	after := open(t, quick(), f, m)
	all := after.Open()
	if len(all) != 1 || all[0].Batch != r.Batch || !slices.Equal(all[0].keys, r.keys) || !after.Holds(key(4)) || after.Holds(key(5)) || after.Last() != 1 {
		t.Errorf("%+v", all)
	}
	if err := after.Adopt(t.Context()); err != nil || f.made != 1 {
		t.Errorf("%d batches, %v", f.made, err)
	}
	if n, err := after.Forget(); n != 5 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if last := open(t, quick(), f, m); len(last.Open()) != 0 || last.Holds(key(0)) || last.Last() != 1 {
		t.Errorf("%+v", last.Open())
	}
}

// A batch is adopted by all of its tags, never one of another run.
func TestAdoptOwnOnly(t *testing.T) {
	m, f := memory{}, &fake{lose: true}
	o := quick()
	o.Attempts = 1
	d := open(t, o, f, m)
	d.Add(key(0), []byte("{}"), Tokens{})
	if r, err := d.Submit(t.Context()); err == nil || r.Done {
		t.Fatalf("%+v, %v", r, err)
	}
	own := f.batches[0]
	f.batches, f.lose = nil, false
	for tag := range own.Tags {
		other := llm.Batch{ID: "of-others", Tags: maps.Clone(own.Tags)}
		other.Tags[tag] = "x"
		f.batches = append(f.batches, other)
		delete(other.Tags, tag)
		f.batches = append(f.batches, other)
	}
	for _, tt := range []struct {
		listed []llm.Batch
		want   string
	}{{append(slices.Clone(f.batches), own), "b1"}, {f.batches, "b2"}} {
		f.batches = tt.listed
		again := open(t, o, f, maps.Clone(m))
		if err := again.Adopt(t.Context()); err != nil || again.Open()[0].Batch != tt.want {
			t.Errorf("%+v, %v", again.Open()[0], err)
		}
	}
}

func TestDamagedNotes(t *testing.T) {
	m := memory{}
	send(t, open(t, quick(), &fake{}, m), 2)
	for name, value := range map[string]string{"batch/000001": "{", "batch-keys/000001": "short"} {
		bad := maps.Clone(m)
		bad[name] = []byte(value)
		if _, err := Open(quick(), bad, bad, filepath.Join(t.TempDir(), "f"), nil); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFilesAreCut(t *testing.T) {
	o := quick()
	o.Lines, o.Bytes = 3, 1000
	d := open(t, o, &fake{}, memory{})
	line := []byte(strings.Repeat("x", 499))
	for i, want := range []bool{true, true, false} {
		if d.Fits(line) != want {
			t.Errorf("line %d fits: %v", i, !want)
		}
		if want {
			d.Add(key(i), line, Tokens{1, 1})
		}
	}
	if n, tokens, err := d.Discard(); n != 2 || tokens != (Tokens{2, 2}) || err != nil || d.Holds(key(0)) {
		t.Errorf("%d, %v, %v", n, tokens, err)
	}
	for i := range 3 {
		d.Add(key(i), []byte("{}"), Tokens{})
	}
	if d.Fits([]byte("{}")) || d.Waiting() != 3 {
		t.Error("a fourth line fits")
	}
	if _, _, err := d.Discard(); err != nil {
		t.Error(err)
	}
	if _, err := Open(Options{}, memory{}, nil, "", nil); fault.ExitCode(err) != fault.Usage {
		t.Errorf("got %v", err)
	}
}
