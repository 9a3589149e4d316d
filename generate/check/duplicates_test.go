package check

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"pgregory.net/rapid"
)

// added is what Add gave.
type added struct {
	of          int // place among the texts that were added
	near, found bool
}

func addAll(texts []string) (*Duplicates, []added) {
	d := sets["strict"].Duplicates()
	var out []added
	var kept []int // places in texts
	for i, text := range texts {
		of, near, found := d.Add(text)
		a := added{0, near, found}
		if found {
			a.of = kept[of]
		} else {
			kept = append(kept, i)
		}
		out = append(out, a)
	}
	return d, out
}

func TestDuplicates(t *testing.T) {
	long := plain[len(plain)-1]
	for _, tt := range []struct {
		name, first, second string
		near, found         bool
	}{
		{"equal", good, good, false, true},
		{"case and marks", good, strings.ToUpper(good) + "!", true, true},
		{"a word more in a long text", long, strings.Replace(long, "several", "quite several", 1), true, true},
		{"other animal", good, strings.Replace(good, "dog", "horse", 1), false, false},
		{"last word", good, strings.Replace(good, "sofa", "chair", 1), false, false},
		{"reversed", good, "The first image shows two cats on a sofa, while the second image shows a dog on a beach.", false, false},
		{
			"reversed halves", "The first image shows a big brown dog that runs on a sandy beach, while the second image shows two black cats that lie on a red sofa.",
			"The first image shows two black cats that lie on a red sofa, while the second image shows a big brown dog that runs on a sandy beach.", false, false,
		},
		{"reversed by instead", "The first image has a white background instead of a gray background.", "The first image has a gray background instead of a white background.", false, false},
		{"empty", "", "", false, true},
		{"marks only", "!!!", "???", false, false},
		{"one word", "dog", "Dog.", true, true},
		{"other word", "dog", "cat", false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, got := addAll([]string{"something else", tt.first, tt.second})
			want := added{0, tt.near, tt.found}
			if tt.found {
				want.of = 1
			}
			if got[2] != want {
				t.Errorf("got %+v, want %+v", got[2], want)
			}
		})
	}
}

func TestOfSeveralDuplicatesTheNearestIsGiven(t *testing.T) {
	long := plain[len(plain)-1]
	a, b := long+" Yes.", "Well: "+long
	_, got := addAll([]string{a, b, strings.ToLower(b), b})
	if got[1].found && got[1].of != 0 || got[2] != (added{got[2].of, true, true}) || !got[3].found {
		t.Errorf("%+v", got)
	}
	d := sets["strict"].Duplicates()
	d.Add(a)
	d.Add(good)
	if of, near, found := d.Add(good); of != 1 || near || !found || d.Len() != 2 {
		t.Error(of, near, found, d.Len())
	}
}

func TestDuplicatesHoldForAnyTexts(t *testing.T) {
	vocabulary := strings.Fields("the first second image shows a dog cat on red , . ! \u00e9")
	text := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(vocabulary), 0, 12).Draw(t, "words"), " ")
	})
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(text, 0, 60).Draw(t, "texts")
		d, got := addAll(texts)
		if _, again := addAll(texts); !slices.Equal(got, again) {
			t.Fatal("the same texts give other duplicates")
		}
		keptTexts := 0
		for i, g := range got {
			switch {
			case !g.found:
				keptTexts++
				if slices.Contains(texts[:i], texts[i]) {
					t.Fatalf("%q was there before", texts[i])
				}
			case g.of >= i || got[g.of].found:
				t.Fatalf("%d duplicates %d, which is not kept", i, g.of)
			case g.near == (texts[i] == texts[g.of]):
				t.Fatalf("%q and %q: near is %v", texts[i], texts[g.of], g.near)
			case jaccard(texts[i], texts[g.of]) < 0.7:
				t.Fatalf("%q and %q are no near duplicates", texts[i], texts[g.of])
			}
		}
		if d.Len() != keptTexts {
			t.Fatalf("%d texts kept, not %d", d.Len(), keptTexts)
		}
	})
}

func TestAgreeCountsEqualLanes(t *testing.T) {
	sig := rapid.Custom(func(t *rapid.T) (s signature) {
		for i := range s {
			s[i] = rapid.SampledFrom([]uint64{0, 1, 0x80, 0x0100, 0x8000000000000080, 0xff01ff00ff, 0x10, 1<<64 - 1}).Draw(t, "word")
		}
		return s
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b, want := sig.Draw(t, "a"), sig.Draw(t, "b"), 0
		for i := range a {
			for shift := 0; shift < 64; shift += 4 {
				if a[i]>>shift&15 == b[i]>>shift&15 {
					want++
				}
			}
		}
		if got := a.agree(&b); got != want {
			t.Fatalf("%d lanes, want %d", got, want)
		}
	})
}

func jaccard(a, b string) float64 {
	x, y := shingles(a), shingles(b)
	both := 0
	for _, s := range x {
		if slices.Contains(y, s) {
			both++
		}
	}
	return float64(both) / float64(len(x)+len(y)-both)
}

// answersOf gives texts in the manner of answers.
func answersOf(n int) []string {
	r := rand.New(rand.NewPCG(3, 5))
	word := func() string { return fmt.Sprintf("w%d", int(500*r.Float64()*r.Float64())) }
	phrase := func() string {
		out := make([]string, 8+r.IntN(9))
		for i := range out {
			out[i] = word()
		}
		return strings.Join(out, " ")
	}
	out := make([]string, n)
	for i := range out {
		out[i] = "The first image shows " + phrase() + ", while the second image shows " + phrase() + "."
	}
	return out
}

func TestNearDuplicatesAreFoundByTheirSimilarity(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var alike, missed, unlike, wrong int
	texts := answersOf(8000)
	for i := range 1000 {
		text := strings.Join(texts[8*i:8*i+8], " ") // long enough for a similarity of 0.96 with a changed word
		said := strings.Fields(text)
		for range 1 + r.IntN(20) {
			said[r.IntN(len(said))] = "other"
		}
		changed := strings.Join(said, " ")
		_, got := addAll([]string{text, changed})
		switch j := jaccard(text, changed); {
		case j >= 0.96:
			alike++
			if !got[1].found {
				missed++
			}
		case j <= 0.8:
			unlike++
			if got[1].found {
				wrong++
			}
		}
	}
	if alike < 50 || unlike < 300 || missed*50 > alike || wrong*100 > unlike {
		t.Errorf("missed %d of %d, wrong %d of %d", missed, alike, wrong, unlike)
	}
}

func TestManyTextsKeepTheirPlacesAndLittleMemory(t *testing.T) {
	texts := answersOf(3 * chunkTexts)
	d, got := addAll(texts)
	if slices.ContainsFunc(got, func(g added) bool { return g.found }) {
		t.Error("texts drawn apart are duplicates")
	}
	for i, text := range texts {
		if of, near, found := d.Add(text); of != i || near || !found {
			t.Fatalf("text %d: %d, %v, %v", i, of, near, found)
		}
	}
	size := len(d.chunks) * chunkTexts * int(unsafe.Sizeof(kept{}))
	for _, heads := range d.heads {
		size += 4 * len(heads)
	}
	if per := size / d.Len(); per > 190 {
		t.Errorf("%d bytes a text", per)
	}
}

// Texts of one mould crowd the chains: each is kept, and found when it comes again.
func TestTextsOfOneMouldAreKeptAndFound(t *testing.T) {
	d := sets["strict"].Duplicates()
	const n = 20_000
	say := func(i int) string {
		return fmt.Sprintf("The first image shows dog %d of the split, while the second image shows two cats, number %d.", i, i)
	}
	kept := 0
	for i := range n {
		if _, _, found := d.Add(say(i)); !found {
			kept++
		}
	}
	if kept != n {
		t.Errorf("%d of %d texts kept, which differ in two of 17 words", kept, n)
	}
	for i := range n {
		if of, near, found := d.Add(say(i)); of != i || near || !found {
			t.Fatalf("text %d again: %d, %v, %v", i, of, near, found)
		}
	}
}

func BenchmarkDuplicates(b *testing.B) {
	texts := answersOf(100_000)
	d := sets["strict"].Duplicates()
	i := 0
	for b.Loop() {
		if i%len(texts) == 0 {
			d = sets["strict"].Duplicates()
		}
		d.Add(texts[i%len(texts)])
		i++
	}
}
