package check

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/pcclip/pcclip/shards/fault"
)

// A file of rules has up to five keys:
//
//	extends: strict              # strict, paper, caption or none; left out: none
//	rules:
//	  hedging: off               # by the name of a reject reason or a repair
//	  clock: on
//	limits:
//	  min_chars: 40
//	reject:                      # own rules: a name and a regular expression (RE2)
//	  weather: (?i)\bsunny\b
//	cut:                         # the text ends before the match
//	  cut_ps: \bP\.S\.
//
// An unknown key, a key that stands twice, and a limit of a rule that is off are
// refused.
type definitionReader struct{ where string }

// refuse names line, key and value.
func (f definitionReader) refuse(n *yaml.Node, key, hint, format string, args ...any) error {
	value := ""
	if n.Kind == yaml.ScalarNode {
		value = fmt.Sprintf(" %q:", clip(n.Value))
	}
	return fault.Input("read rules", fmt.Sprintf("%s: line %d", f.where, n.Line), hint, "%s:%s %w", clip(key), value, fmt.Errorf(format, args...))
}

// clip keeps a value of the file short enough for a line.
func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "..."
	}
	return s
}

func readDefinition(where string, text []byte) (*definition, error) {
	f := definitionReader{where}
	var doc, more yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(text))
	if err := dec.Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		return nil, fault.Input("read rules", where, "write it as YAML", "%w", err)
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, fault.Input("read rules", where, "begin with a line such as: extends: strict", "it holds no keys")
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, fault.Input("read rules", where, "keep one", "a second document")
	}
	top, err := f.fields(doc.Content[0], "", "extends", "rules", "limits", "reject", "cut")
	if err != nil {
		return nil, err
	}
	d := &definition{switches: map[string]bool{}}
	for _, read := range []func(map[string]*yaml.Node, *definition) error{f.extends, f.switches, f.phrases, f.limits} {
		if err := read(top.byKey, d); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// mapping is a YAML mapping, in the order of the file.
type mapping struct {
	keys  []*yaml.Node
	byKey map[string]*yaml.Node
}

// fields reads the mapping of a key. Only the known keys may be in it; none given
// means that all are.
func (f definitionReader) fields(n *yaml.Node, of string, known ...string) (m mapping, err error) {
	m.byKey = map[string]*yaml.Node{}
	if n == nil {
		return m, nil
	}
	if n.Kind != yaml.MappingNode {
		return m, f.refuse(n, of, "write lines of KEY: VALUE below it", "not a mapping")
	}
	for i := 0; i < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		name := strings.TrimPrefix(of+"."+k.Value, ".")
		switch {
		case k.Kind != yaml.ScalarNode:
			return m, f.refuse(k, of, "write lines of KEY: VALUE", "a key that is no plain text")
		case len(known) > 0 && !slices.Contains(known, k.Value):
			return m, f.refuse(v, name, "valid are: "+strings.Join(known, ", "), "unknown key")
		case m.byKey[k.Value] != nil:
			return m, f.refuse(v, name, "keep one", "the key stands there twice")
		case v.Kind == yaml.AliasNode || v.Anchor != "":
			return m, f.refuse(v, name, "write the value out", "anchors and aliases are not read")
		}
		m.keys, m.byKey[k.Value] = append(m.keys, k), v
	}
	return m, nil
}

func (f definitionReader) extends(top map[string]*yaml.Node, d *definition) error {
	n := top["extends"]
	if n == nil {
		return nil
	}
	if n.Kind != yaml.ScalarNode || sets[n.Value] == nil {
		return f.refuse(n, "extends", builtIn(), "no such rule set")
	}
	d.extends = n.Value
	return nil
}

func (f definitionReader) switches(top map[string]*yaml.Node, d *definition) error {
	m, err := f.fields(top["rules"], "rules", switchable...)
	if err != nil {
		return err
	}
	for _, k := range m.keys {
		n, on := m.byKey[k.Value], false
		if n.Kind != yaml.ScalarNode || n.Tag == "!!null" || n.Decode(&on) != nil {
			return f.refuse(n, "rules."+k.Value, "write on or off", "neither on nor off")
		}
		d.switches[k.Value] = on
	}
	d.limits = limitsOf(d.extends)
	if r := d.rules(); r.nearDuplicate && !r.duplicate {
		return f.refuse(top["rules"], "rules."+NearDuplicate, "switch duplicate on, or both off", "equal texts are nearly equal too")
	}
	return nil
}

// phraseName is the form of a user's rule; it becomes a reject reason or a repair.
var phraseName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// taken are reasons that are no rule's: outcomes of a request, or of a judge.
var taken = []string{"length", "content_filter", "reasoning_only", "malformed", "unjudged", tooShort}

const (
	maxPhrases = 200
	maxPattern = 2000 // bytes
)

// phrases reads the user's own rules, under both of their keys.
func (f definitionReader) phrases(top map[string]*yaml.Node, d *definition) error {
	seen := map[string]bool{}
	for _, at := range []struct {
		key string
		to  *[]rule
	}{{"reject", &d.rejects}, {"cut", &d.cuts}} {
		m, err := f.fields(top[at.key], at.key)
		if err != nil {
			return err
		}
		if len(m.keys) > maxPhrases {
			return f.refuse(top[at.key], at.key, "join some by |", "more than %d rules", maxPhrases)
		}
		for _, k := range m.keys {
			name, n := at.key+"."+k.Value, m.byKey[k.Value]
			switch {
			case !phraseName.MatchString(k.Value):
				return f.refuse(n, name, "use small letters, digits and _, at most 40", "no name of a rule")
			case slices.Contains(switchable, k.Value), slices.Contains(taken, k.Value), seen[k.Value],
				strings.HasPrefix(k.Value, "reversed_"), strings.HasPrefix(k.Value, "judge_"):
				return f.refuse(n, name, "take another name", "the name is taken")
			}
			seen[k.Value] = true
			re, err := f.pattern(n, name)
			if err != nil {
				return err
			}
			find := cutting(re)
			if at.key == "reject" {
				find = matching(re)
			}
			*at.to = append(*at.to, rule{name: k.Value, at: find})
		}
	}
	return nil
}

func (f definitionReader) pattern(n *yaml.Node, name string) (*regexp.Regexp, error) {
	const hint = "give a regular expression (RE2), such as (?i)\\bsunny\\b, in single quotes where YAML needs them"
	if n.Kind != yaml.ScalarNode || n.Value == "" || len(n.Value) > maxPattern {
		return nil, f.refuse(n, name, hint, "no pattern of 1 to %d bytes", maxPattern)
	}
	re, err := regexp.Compile(n.Value)
	if err != nil {
		return nil, f.refuse(n, name, hint, "%w", err)
	}
	if re.MatchString("") {
		return nil, f.refuse(n, name, hint, "it matches an empty text, and so every one")
	}
	return re, nil
}

// bound is a limit as the file names it.
type bound struct {
	key         string
	rule        string // that it belongs to
	least, most float64
	whole       *int
	share       *float64
}

// bounds lists the limits, in the order of the struct.
func (l *limits) bounds() []bound {
	return []bound{
		{key: "min_chars", rule: tooShort, most: 10_000, whole: &l.minChars},
		{key: "max_clip_tokens", rule: "too_long", least: 3, most: 10_000, whole: &l.clipTokens},
		{key: "max_same_letters", rule: "repetition", most: 1000, whole: &l.sameLetters},
		{key: "max_same_marks", rule: "repetition", most: 1000, whole: &l.sameMarks},
		{key: "max_full_stops", rule: "repetition", most: 1000, whole: &l.fullStops},
		{key: "max_same_words", rule: "repetition", most: 1000, whole: &l.sameWords},
		{key: "max_same_phrases", rule: "repetition", most: 1000, whole: &l.samePhrases},
		{key: "max_phrase_uses", rule: "repetition", most: 1000, whole: &l.phraseUses},
		{key: "max_sentence_uses", rule: "repetition", most: 1000, whole: &l.sentenceUses},
		{key: "max_same_digits", rule: "digits", most: 1000, whole: &l.sameDigits},
		{key: "max_number_digits", rule: "digits", most: 1000, whole: &l.numberDigits},
		{key: "max_compression", rule: "compressible", least: 1, most: 100, share: &l.compression},
		{key: "caption_echo_similarity", rule: "caption_echo", least: 0.5, most: 1, share: &l.captionEcho},
		{key: "min_english_share", rule: "language", most: 1, share: &l.english},
		{key: "near_duplicate_similarity", rule: NearDuplicate, least: leastSimilar, most: 1, share: &l.nearDuplicate},
	}
}

func (f definitionReader) limits(top map[string]*yaml.Node, d *definition) error {
	all := d.limits.bounds()
	var known []string
	for _, b := range all {
		known = append(known, b.key)
	}
	m, err := f.fields(top["limits"], "limits", known...)
	if err != nil {
		return err
	}
	r := d.rules()
	for _, k := range m.keys {
		n, name := m.byKey[k.Value], "limits."+k.Value
		b := all[slices.Index(known, k.Value)]
		if !r.has(b.rule) {
			return f.refuse(n, name, "write "+b.rule+": on below rules, or take the limit out", "its rule %s is off", b.rule)
		}
		if err := b.set(n); err != nil {
			return f.refuse(n, name, fmt.Sprintf("give %v to %v", b.least, b.most), "%w", err)
		}
	}
	return nil
}

// set reads the value, which is a whole number where the limit is one.
func (b bound) set(n *yaml.Node) error {
	v, err := strconv.ParseFloat(n.Value, 64)
	switch {
	case n.Kind != yaml.ScalarNode || err != nil || math.IsNaN(v):
		return errors.New("no number")
	case v < b.least || v > b.most:
		return errors.New("out of range")
	case b.whole != nil && v != math.Trunc(v):
		return errors.New("not a whole number")
	case b.whole != nil:
		*b.whole = int(v)
	default:
		*b.share = v
	}
	return nil
}
