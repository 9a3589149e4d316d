package tokenizer

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

func tokenizer(t testing.TB) *Tokenizer {
	t.Helper()
	tok, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func open(t testing.TB, name string) *gzip.Reader {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	gz, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return gz
}

type fixture struct {
	Text string  `json:"t"`
	IDs  []int32 `json:"ids"`
	Bad  bool    `json:"bad"`
}

func fixtures(t testing.TB) []fixture {
	t.Helper()
	var all []fixture
	lines := bufio.NewScanner(open(t, "fixtures.jsonl.gz"))
	for lines.Scan() {
		var f fixture
		if err := json.Unmarshal(lines.Bytes(), &f); err != nil {
			t.Fatal(err)
		}
		all = append(all, f)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if len(all) < 2000 {
		t.Fatalf("only %d fixtures", len(all))
	}
	return all
}

func TestEqualsOpenCLIP(t *testing.T) {
	tok := tokenizer(t)
	for _, f := range fixtures(t) {
		if got := Suspicious(f.Text); got != f.Bad {
			t.Errorf("%q: Suspicious is %v, ftfy says %v", f.Text, got, f.Bad)
		}
		if f.Bad {
			continue
		}
		want := append(append([]int32{Start}, f.IDs...), End)
		if n, cut := tok.Count(f.Text); n != len(want) || cut != (len(want) > Context) {
			t.Errorf("%q: counts %d %v, want %d", f.Text, n, cut, len(want))
		}
		if len(want) > Context {
			want = append(want[:Context-1], End)
		}
		if got := tok.Encode(f.Text); !slices.Equal(got, want) {
			t.Errorf("%q (clean %q):\n got %v\nwant %v", f.Text, Clean(f.Text), got, want)
		}
	}
}

// TestEveryCharacter compares each character of Unicode 14, block by block.
func TestEveryCharacter(t *testing.T) {
	var f struct {
		Assigned []int             `json:"assigned"`
		Digests  map[string]string `json:"digests"`
	}
	if err := json.NewDecoder(open(t, "blocks.json.gz")).Decode(&f); err != nil {
		t.Fatal(err)
	}
	tok := &Tokenizer{merges: tokenizer(t).merges}
	got := map[string]string{}
	h, block := sha256.New(), -1
	flush := func() {
		if block >= 0 {
			got[strconv.FormatInt(int64(block), 16)] = hex.EncodeToString(h.Sum(nil))[:8]
		}
	}
	at := 0
	for i := 0; i < len(f.Assigned); i += 2 {
		at += f.Assigned[i]
		for range f.Assigned[i+1] {
			if at>>8 != block {
				flush()
				h.Reset()
				block = at >> 8
			}
			c := string(rune(at))
			for _, text := range []string{"b" + c + "B 1" + c, "BΣ" + c + "c" + c + "Σ"} {
				cleaned, bad := clean(text)
				if bad {
					fmt.Fprintln(h, "bad")
					continue
				}
				ids := tok.ids(cleaned)
				h.Write([]byte(joined(ids[1:len(ids)-1]) + "\n"))
			}
			at++
		}
	}
	flush()
	for block, want := range f.Digests {
		if got[block] != want {
			t.Errorf("block U+%s00: %s, open_clip has %s", block, got[block], want)
		}
	}
}

func joined(ids []int32) string {
	var b []byte
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(id), 10)
	}
	return string(b)
}

// TestNewerCharacters has letters and numbers of Unicode 15.1 to 17; the ids are
// open_clip's with regex 2026.5.9.
func TestNewerCharacters(t *testing.T) {
	tok := tokenizer(t)
	for text, want := range map[string][]int32{
		"\U000143cb .1d":  {172, 242, 237, 489, 269, 272, 323},
		"&#\U00013febi a": {5, 258, 172, 241, 123, 104, 328, 320},
		"a\U00016d70b":    {320, 172, 244, 113, 364, 321},
	} {
		if got := tok.full(text); !slices.Equal(got[1:len(got)-1], want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestPad(t *testing.T) {
	for _, c := range []struct {
		n         int
		ids, want []int32
	}{
		{5, []int32{Start, 7, End}, []int32{Start, 7, End, 0, 0}},
		{3, []int32{Start, 7, End}, []int32{Start, 7, End}},
		{3, []int32{Start, 7, 8, 9, End}, []int32{Start, 7, End}},
		{0, []int32{Start, End}, []int32{}},
	} {
		given := slices.Clone(c.ids)
		if got := Pad(given, c.n); !slices.Equal(got, c.want) {
			t.Errorf("Pad(%v, %d) = %v", c.ids, c.n, got)
		}
		if !slices.Equal(given, c.ids) {
			t.Errorf("Pad changed %v to %v", c.ids, given)
		}
	}
}

func TestEncodeTo(t *testing.T) {
	tok := tokenizer(t)
	long := strings.Repeat("dog ", 200)
	for _, n := range []int{2, 3, 32, 77, 201, 202, 500} {
		got := tok.EncodeTo(long, n)
		if len(got) != min(n, 202) || got[0] != Start || got[len(got)-1] != End || slices.Contains(got[:len(got)-1], End) {
			t.Errorf("EncodeTo %d: %v", n, got)
		}
	}
}

// slowBPE merges as the reference does: round after round over the whole word.
func slowBPE(t *Tokenizer, word string) []int32 {
	var ids []int32
	for i := range len(word) {
		ids = append(ids, byteID[word[i]])
	}
	ids[len(ids)-1] += wordEnd
	for {
		var best pair
		rank := int32(1 << 30)
		for i := range len(ids) - 1 {
			if m, ok := t.merges[pair{ids[i], ids[i+1]}]; ok && m.rank < rank {
				rank, best = m.rank, pair{ids[i], ids[i+1]}
			}
		}
		if rank == 1<<30 {
			return ids
		}
		var out []int32
		for i := 0; i < len(ids); i++ {
			if i+1 < len(ids) && (pair{ids[i], ids[i+1]}) == best {
				out = append(out, t.merges[best].id)
				i++
			} else {
				out = append(out, ids[i])
			}
		}
		ids = out
	}
}

func TestBPEInRounds(t *testing.T) {
	tok := tokenizer(t)
	rng := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		letters := []string{"ab", "thesandi", "abcdefghijklmnopqrstuvwxyz", "日本éñ❤", "0!?.,'"}[rng.IntN(5)]
		var b strings.Builder
		runes := []rune(letters)
		for range 1 + rng.IntN(40) {
			b.WriteRune(runes[rng.IntN(len(runes))])
		}
		if got, want := tok.bpe(nil, b.String()), slowBPE(tok, b.String()); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", b.String(), got, want)
		}
	}
}

func TestLongTextIsQuick(t *testing.T) {
	tok := tokenizer(t)
	for _, text := range []string{
		strings.Repeat("thesandi", 1<<15), strings.Repeat("&am", 1<<16), strings.Repeat("&#", 1<<16),
		"a" + strings.Repeat("\u0301\u0323", 1<<15), strings.Repeat("<\n", 1<<16), strings.Repeat("'", 1<<16),
	} {
		if ids := tok.Encode(text); len(ids) > Context || ids[len(ids)-1] != End {
			t.Errorf("%.20q: %v", text, ids)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	shared := tokenizer(t)
	all := fixtures(t)[:600]
	tok := &Tokenizer{merges: shared.merges}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for _, f := range all {
				if f.Bad || len(f.IDs) > Context-2 {
					continue
				}
				if got := tok.Encode(f.Text); !slices.Equal(got[1:len(got)-1], f.IDs) {
					t.Errorf("%q: %v", f.Text, got)
				}
			}
		})
	}
	wg.Wait()
}

func TestCacheIsBounded(t *testing.T) {
	tok := &Tokenizer{merges: tokenizer(t).merges}
	for i := range maxCached + 100 {
		tok.word(nil, "w"+strconv.Itoa(i))
	}
	if n := tok.words.n.Load(); n != maxCached {
		t.Errorf("%d words are kept, want %d", n, maxCached)
	}
	tok = &Tokenizer{merges: tok.merges}
	tok.word(nil, strings.Repeat("x", maxCachedLen+1))
	if n := tok.words.n.Load(); n != 0 {
		t.Errorf("a long word is kept")
	}
}

func FuzzEncode(f *testing.F) {
	for _, x := range fixtures(f)[1200:1300] {
		f.Add(x.Text)
	}
	f.Add("\xff\xfe&#x")
	tok := tokenizer(f)
	f.Fuzz(func(t *testing.T, text string) {
		ids := tok.Encode(text)
		if len(ids) < 2 || len(ids) > Context || ids[0] != Start || ids[len(ids)-1] != End {
			t.Fatalf("%q: %v", text, ids)
		}
		for _, id := range ids {
			if id < 0 || id >= Vocab {
				t.Fatalf("%q: id %d", text, id)
			}
		}
		if clean := Clean(text); !utf8.ValidString(clean) {
			t.Fatalf("%q becomes %q", text, clean)
		}
		Suspicious(text)
	})
}

func BenchmarkEncode(b *testing.B) {
	tok := tokenizer(b)
	for b.Loop() {
		tok.Encode("The first image shows a red skateboarder, whereas the second shows two elderly women on a crowded bench.")
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := readMerges(); err != nil {
			b.Fatal(err)
		}
	}
}
