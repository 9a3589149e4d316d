package check

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/shards/fault"
)

func define(t *testing.T, text string) *Rules {
	t.Helper()
	r, err := parse("mine", "mine.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// What a file says of a rule shows in the verdict on a text, beside the verdict
// of the set that it extends.
func TestDefinition(t *testing.T) {
	long := Context{Tokens: func(s string) int { return len(strings.Fields(s)) }}
	twice := "The first image shows a dog on the beach. The second image shows a cat. The first image shows a dog on the beach."
	for _, tt := range []struct {
		name, text, in string
		base, reason   string // of the set that is extended, of the file
		cut            string // what is left; "" means all
	}{
		{name: "nothing else", text: "extends: strict", in: good},
		{name: "no base, one rule", text: "rules: {clock: on}", in: "12:30", reason: "clock"},
		{name: "no base lets pass", text: "rules: {clock: on}", in: "**x** http://x"},
		{name: "off", text: "extends: strict\nrules: {hedging: off}", in: "From the descriptions, the first image shows a dog, the second image shows a cat.", base: "hedging"},
		{name: "YAML's other words", text: "extends: strict\nrules: {hedging: false, clock: yes}", in: good + " It is 12:30.", reason: "clock"},
		{name: "on, of paper", text: "extends: strict\nrules:\n  off_topic: on", in: good + " A blog post.", reason: "off_topic"},
		{name: "on, of strict", text: "extends: paper\nrules: {one_image: on}", in: "There is a dog that runs on a long beach beside the sea, and there is no cat at all on it.", reason: "one_image"},
		{name: "a repair off", text: "extends: strict\nrules: {cut_note: off}", in: good + " Note: all is well.", cut: good + " Note: all is well."},
		{name: "least length", text: "extends: paper\nlimits: {min_chars: 10}", in: "A dog, no cat.", base: "too_short"},
		{name: "most length", text: "extends: paper\nlimits: {min_chars: 89}", in: good, reason: "too_short"},
		{name: "CLIP tokens", text: "extends: strict\nlimits: {max_clip_tokens: 18}", in: good, reason: "too_long"},
		{name: "CLIP tokens, just", text: "extends: strict\nlimits: {max_clip_tokens: 19}", in: good},
		{name: "CLIP tokens by paper", text: "extends: paper\nrules: {too_long: on}\nlimits: {max_clip_tokens: 18}", in: good, reason: "too_long"},
		{name: "letters", text: "extends: strict\nlimits: {max_same_letters: 4}", in: good + " Brrrr.", base: "repetition"},
		{name: "letters, any", text: "extends: strict\nlimits: {max_same_letters: 0}", in: good + " Brrrrrrrrrr.", base: "repetition"},
		{name: "marks", text: "extends: paper\nlimits: {max_same_marks: 1}", in: good + " Yes!!", reason: "repetition"},
		{name: "full stops", text: "extends: paper\nlimits: {max_full_stops: 4}", in: good + " Yes....", base: "repetition"},
		{name: "words", text: "extends: paper\nlimits: {max_same_words: 1}", in: good + " A very very big one.", reason: "repetition"},
		{name: "phrases", text: "extends: paper\nlimits: {max_same_phrases: 3}", in: good + strings.Repeat(" and the dog", 3), base: "repetition"},
		{name: "phrases anywhere", text: "extends: paper\nlimits: {max_phrase_uses: 1}", in: twice, reason: "repetition"},
		{name: "sentences", text: "extends: strict\nlimits: {max_sentence_uses: 2}", in: twice, base: "repetition"},
		{name: "digits", text: "extends: paper\nlimits: {max_same_digits: 5}", in: good + " 10000", base: "digits"},
		{name: "long numbers", text: "extends: paper\nlimits: {max_number_digits: 4}", in: good + " 12345", reason: "digits"},
		{name: "compression", text: "extends: paper\nrules: {compressible: on}\nlimits: {max_compression: 1}", in: good + " " + good[:60] + " and so it goes on to say a word of a tree and of a house by the lake.", reason: "compressible"},
		{name: "English", text: "extends: strict\nlimits: {min_english_share: 1}", in: good, reason: "language"},
		{name: "reject", text: "extends: strict\nreject: {sofas: '\\bsofa\\b'}", in: good, reason: "sofas"},
		{name: "reject has cases", text: "extends: strict\nreject: {sofas: SOFA}", in: good},
		{name: "cut", text: "extends: strict\ncut: {cut_ps: '\\s*\\bP\\.S\\.'}", in: good + " P.S. A joke.", cut: good},
		{name: "cut before it is judged", text: "extends: strict\ncut: {cut_ps: '\\bP\\.S\\.'}\nreject: {jokes: joke}", in: good + " P.S. A joke.", reason: "jokes"},
		{name: "cut of all", text: "extends: strict\ncut: {cut_all: '^The'}", in: good, reason: "too_short"},
		{name: "cut of nothing", text: "extends: strict\ncut: {cut_end: '\\b$'}", in: strings.TrimSuffix(good, ".")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := define(t, tt.text)
			if base, _, found := strings.Cut(strings.TrimPrefix(tt.text, "extends: "), "\n"); found && sets[base] != nil {
				if got := sets[base].CheckIn(long, tt.in).Reason; got != tt.base {
					t.Errorf("%s says %q, not %q", base, got, tt.base)
				}
			}
			v := r.CheckIn(long, tt.in)
			if v.Reason != tt.reason {
				t.Fatalf("reason %q, want %q", v.Reason, tt.reason)
			}
			if want := tt.cut; v.Accepted() && want == "" && v.Text != tt.in || want != "" && v.Text != want {
				t.Errorf("text %q, want %q", v.Text, want)
			}
			if r.has(v.Reason) != (v.Reason != "") {
				t.Errorf("%q is none of its reasons", v.Reason)
			}
		})
	}
}

func TestDefinitionOfDuplicates(t *testing.T) {
	said := "The first image shows a brown dog that runs on a wide beach below a high and rocky cliff, with some far clouds, a small boat, three gulls and a child who throws a yellow ball, " +
		"while the second image shows two small cats that sleep on a red sofa by the window of a house, beside a lamp, an open book, a grey blanket, " +
		"a plate with two pears, a cup of tea and an old radio on a low table made from dark wood."
	near := strings.Replace(said, "old radio", "new radio", 1)
	for text, want := range map[string]struct{ distinct, equal, near bool }{
		"extends: strict": {true, true, true},
		"extends: strict\nlimits: {near_duplicate_similarity: 1}":        {true, true, false},
		"extends: strict\nrules: {near_duplicate: off}":                  {true, true, false},
		"extends: strict\nrules: {near_duplicate: off, duplicate: off}":  {false, true, false},
		"extends: paper\nrules: {near_duplicate: on, duplicate: on}":     {true, true, true},
		"extends: caption\nrules: {duplicate: on}":                       {true, true, false},
		"extends: strict\nlimits: {near_duplicate_similarity: 0.8}":      {true, true, true},
		"extends: paper\nrules: {duplicate: on}\nlimits: {min_chars: 1}": {true, true, false},
	} {
		r := define(t, text)
		d := r.Duplicates()
		d.Add(said)
		_, isNear, isFound := d.Add(near)
		_, _, again := d.Add(said)
		if r.Distinct() != want.distinct || again != want.equal || isFound != want.near || isNear != want.near {
			t.Errorf("%q: distinct %v, found again %v, nearly %v", text, r.Distinct(), again, isFound)
		}
	}
}

// A version is of the text alone, and holds when a run keeps the file under it.
func TestLoad(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	load := func(path string) *Rules {
		t.Helper()
		r, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := load(write("mine.yaml", "extends: strict\n"))
	if r.Version() != "mine-66c23b0cb303" { // by sha256sum
		t.Errorf("version %s", r.Version())
	}
	kept, ok := FileOf(r.Version())
	if !ok || kept != "rules/"+r.Version()+".yaml" {
		t.Fatalf("kept at %q", kept)
	}
	if again := load(write(filepath.Base(kept), string(r.Source()))); again.Version() != r.Version() || string(again.Source()) != "extends: strict\n" {
		t.Errorf("kept as %s, read as %s", r.Version(), again.Version())
	}
	if other := load(write("mine.yaml", "extends: strict \n")); other.Version() == r.Version() {
		t.Error("another text, the same version")
	}
	if c := load(write("c.yaml", "extends: caption\n")); !c.Captions() {
		t.Error("caption's file is not for captions")
	}
	for _, name := range Names() {
		r := load(name)
		if _, ok := FileOf(r.Version()); ok || r.Source() != nil {
			t.Errorf("%s has a file", r.Version())
		}
	}
	for _, bad := range []string{"nothing", "nothing.yaml", dir + "/", write("a+judge.yaml", "extends: strict\n"), write("big.yaml", strings.Repeat("#", maxFile+1))} {
		if _, err := Load(bad); fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), bad) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	for _, bad := range []string{"../x-0123456789ab", "x/y-0123456789ab", "strict/5", "-0123456789ab", "x-0123456789aB"} {
		if path, ok := FileOf(bad); ok {
			t.Errorf("%q is kept at %s", bad, path)
		}
	}
}

func TestDefinitionRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                    "no keys",
		"# only a comment":    "no keys",
		"- strict":            "no keys",
		"extends: [":          "as YAML",
		"extends: \xff":       "UTF-8",
		"extends: Strict":     `line 1: extends: "Strict"`,
		"extends: [paper]":    "line 1: extends:",
		"extend: strict":      `line 1: extend: "strict": unknown key`,
		"a: &x b\nlimits: *x": "line 1: a",
		"extends: paper\nrules: &x {clock: on}\nlimits: *x":                       "anchors",
		"extends: paper\n---\nextends: strict":                                    "second document",
		"extends: paper\nextends: strict":                                         `line 2: extends: "strict": the key stands there twice`,
		"extends: paper\nrules: [clock]":                                          "line 2: rules: not a mapping",
		"extends: paper\nrules: clock":                                            `line 2: rules: "clock": not a mapping`,
		"extends: paper\nrules:\n  klock: off":                                    `line 3: rules.klock: "off": unknown key`,
		"extends: paper\nrules:\n  too_short: off":                                "rules.too_short",
		"extends: paper\nrules:\n  clock: maybe":                                  `line 3: rules.clock: "maybe": neither on nor off`,
		"extends: paper\nrules:\n  clock:":                                        "rules.clock",
		"extends: paper\nrules:\n  clock: [on]":                                   "rules.clock",
		"extends: paper\nrules:\n  ? [a]\n  : on":                                 "no plain text",
		"extends: paper\nrules:\n  near_duplicate: on":                            "switch duplicate on",
		"extends: strict\nrules:\n  duplicate: off":                               "switch duplicate on",
		"extends: strict\nlimits:\n  min_chars: -1":                               `line 3: limits.min_chars: "-1": out of range; give 0 to 10000`,
		"extends: strict\nlimits:\n  min_chars: 1.5":                              "not a whole number",
		"extends: strict\nlimits:\n  min_chars: ten":                              "no number",
		"extends: strict\nlimits:\n  min_chars: .nan":                             "no number",
		"extends: strict\nlimits:\n  min_chars: NaN":                              "no number",
		"extends: strict\nlimits:\n  min_chars: [1]":                              "no number",
		"extends: strict\nlimits:\n  shortest: 1":                                 "limits.shortest",
		"extends: paper\nlimits:\n  max_clip_tokens: 60":                          "its rule too_long is off; write too_long: on",
		"extends: strict\nrules: {too_long: off}\nlimits:\n  max_clip_tokens: 60": "its rule too_long is off",
		"extends: strict\nlimits:\n  max_clip_tokens: 2":                          "give 3 to 10000",
		"extends: strict\nlimits:\n  near_duplicate_similarity: 0.5":              "give 0.8 to 1",
		"extends: paper\nreject:\n  Weather: x":                                   "reject.Weather",
		"extends: paper\nreject:\n  clock: x":                                     "the name is taken",
		"extends: paper\nreject:\n  length: x":                                    "the name is taken",
		"extends: paper\nreject:\n  judge_me: x":                                  "the name is taken",
		"extends: paper\nreject:\n  a: x\ncut:\n  a: y":                           "line 5: cut.a",
		"extends: paper\nreject:\n  a: (":                                         `line 3: reject.a: "(": error parsing regexp`,
		"extends: paper\nreject:\n  a: x*":                                        "matches an empty text",
		"extends: paper\nreject:\n  a: ''":                                        "no pattern",
		"extends: paper\nreject:\n  a: (?=x)":                                     "invalid or unsupported Perl syntax",
		"extends: paper\nreject:\n  a: " + strings.Repeat("x", maxPattern+1):      "no pattern of 1 to 2000",
	} {
		_, err := parse("mine", "mine.yaml", []byte(text))
		if fault.ExitCode(err) != fault.Usage {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if line := err.Error(); !strings.Contains(line, want) || !strings.Contains(line, "mine.yaml") || strings.Contains(line, "\n") || len(line) > 1500 {
			t.Errorf("%q: %s", text, line)
		}
	}
}

// Whatever a file says: it is refused with one line, or gives rules that name
// their reasons, end, and keep to what they say when they are asked again.
func FuzzDefinition(f *testing.F) {
	f.Add("extends: strict\nrules: {hedging: off, clock: on}\nlimits: {min_chars: 40}\nreject: {a: x}\ncut: {b: 'y$'}", good)
	f.Add("extends: paper\nrules:\n  duplicate: on\nlimits:\n  max_same_letters: 0\n", good+" Note that zzzz")
	f.Add("rules: {space: on, prefix: on}\ncut: {c: '(?s).\\b'}", "1. a  b")
	f.Add("extends: caption\nreject: {a: &x y, b: *x}", "...")
	f.Add("limits: {min_chars: 1e300}", "a")
	f.Fuzz(func(t *testing.T, file, text string) {
		r, err := parse("mine", "mine.yaml", []byte(file))
		if err != nil {
			if fault.ExitCode(err) != fault.Usage || strings.Contains(err.Error(), "\n") {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		v := r.CheckIn(Context{CaptionA: "a dog", CaptionB: "two cats", Tokens: func(s string) int { return len(s) }}, text)
		if !v.Accepted() {
			if v.Text != text || !slices.Contains(r.Reasons(), v.Reason) {
				t.Fatalf("rejected %q as %q of %q", text, v.Text, v.Reason)
			}
			return
		}
		again := r.CheckIn(Context{CaptionA: "a dog", CaptionB: "two cats", Tokens: func(s string) int { return len(s) }}, v.Text)
		if again.Text != v.Text || !again.Accepted() || len(again.Repairs) > 0 {
			t.Fatalf("%q became %q, and then %+v", text, v.Text, again)
		}
	})
}
