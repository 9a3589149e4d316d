package prompts

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
)

// Judgement is what a judge says of a difference.
type Judgement struct {
	InOrder   bool // the text calls image a the first one
	Supported bool // every claim follows from the captions
}

// turned draws whether a judge reads caption b first: one who always answers
// "1" must not be right.
func turned(v Values) bool {
	sum := sha256.Sum256([]byte("judge/v1\x00" + v.CaptionA + "\x00" + v.CaptionB + "\x00" + v.Difference))
	return sum[0]&1 == 1
}

const judgeSchema = `{"type":"object","properties":{"first":{"type":"integer","enum":[0,1,2]},"supported":{"type":"boolean"}},` +
	`"required":["first","supported"],"additionalProperties":false}`

// ParseJudgement takes a judge's answer about v apart; the error is ErrForm, with
// what is wrong.
func ParseJudgement(v Values, answer string) (Judgement, error) {
	fields, err := only(answer)
	if err != nil {
		return Judgement{}, err
	}
	var first int
	if json.Unmarshal(fields["first"], &first) != nil || first < 0 || first > 2 {
		return Judgement{}, fmt.Errorf(`%w: "first" is not 0, 1 or 2`, ErrForm)
	}
	supported := string(fields["supported"])
	if supported != "true" && supported != "false" {
		return Judgement{}, fmt.Errorf(`%w: "supported" is not true or false`, ErrForm)
	}
	place := 1
	if turned(v.flat()) {
		place = 2
	}
	return Judgement{InOrder: first == place, Supported: supported == "true"}, nil
}
