package prompts

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Kinds are the kinds of difference that a structured answer may name.
var Kinds = []string{"object", "attribute", "count", "relation", "action", "scene", "other"}

// Answer is what an answer says. Kind and Reversed are empty but for a
// structured prompt.
type Answer struct {
	Kind       string // one of Kinds
	Difference string // of image a relative to image b
	Reversed   string // of image b relative to image a
}

// ErrForm says that an answer is not of the form that was asked for.
var ErrForm = errors.New("not the JSON object that was asked for")

// Again is said after an answer that Parse refuses, to have it once more.
const Again = `That is not the JSON object that was asked for. Answer with that object, and with nothing else.`

// Schema gives the JSON schema of the answers, nil where they are plain text.
func (p Prompt) Schema() json.RawMessage {
	switch p.Form {
	case Structured:
	case Judge:
		return json.RawMessage(judgeSchema)
	default:
		return nil
	}
	kinds, err := json.Marshal(Kinds)
	if err != nil {
		panic("prompts: strings always marshal: " + err.Error())
	}
	return json.RawMessage(fmt.Sprintf(`{"type":"object","properties":{"kind":{"type":"string","enum":%s},`+
		`"difference":{"type":"string"},"difference_reversed":{"type":"string"}},`+
		`"required":["kind","difference","difference_reversed"],"additionalProperties":false}`, kinds))
}

// Parse takes an answer apart. Around the JSON object of a structured answer
// there may be other text or a code fence, since not every endpoint keeps to a
// schema. The error is ErrForm, with what is wrong.
func (p Prompt) Parse(answer string) (Answer, error) {
	if p.Form != Structured {
		return Answer{Difference: answer}, nil
	}
	fields, err := only(answer)
	if err != nil {
		return Answer{}, err
	}
	var text [3]string
	for i, name := range []string{"kind", "difference", "difference_reversed"} {
		if raw := fields[name]; !bytes.HasPrefix(raw, []byte(`"`)) || json.Unmarshal(raw, &text[i]) != nil {
			return Answer{}, fmt.Errorf("%w: %q is not text", ErrForm, name)
		}
	}
	a := Answer{Kind: strings.ToLower(text[0]), Difference: text[1], Reversed: text[2]}
	switch {
	case !slices.Contains(Kinds, a.Kind):
		return Answer{}, fmt.Errorf("%w: unknown kind %q", ErrForm, a.Kind)
	case strings.TrimSpace(a.Difference) == "" || strings.TrimSpace(a.Reversed) == "":
		return Answer{}, fmt.Errorf("%w: a text is missing", ErrForm)
	}
	return a, nil
}

// only reads the one object of an answer.
func only(answer string) (map[string]json.RawMessage, error) {
	start := strings.IndexByte(answer, '{')
	if start < 0 {
		return nil, fmt.Errorf("%w: no object", ErrForm)
	}
	dec := json.NewDecoder(strings.NewReader(answer[start:]))
	fields, err := object(dec)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForm, err)
	}
	if rest := answer[start+int(dec.InputOffset()):]; strings.ContainsAny(rest, "{}") {
		return nil, fmt.Errorf("%w: something follows the object", ErrForm)
	}
	return fields, nil
}

// object reads an object with each value under a key of its own.
func object(dec *json.Decoder) (map[string]json.RawMessage, error) {
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	fields := map[string]json.RawMessage{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, err
		}
		name := key.(string) // an object's keys are strings
		if _, twice := fields[name]; twice {
			return nil, fmt.Errorf("%q stands twice", name)
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return nil, err
		}
		fields[name] = raw
	}
	_, err := dec.Token()
	return fields, err
}
