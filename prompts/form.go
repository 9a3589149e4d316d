package prompts

import (
	"crypto/sha256"
	"slices"
	"strings"

	"github.com/pcclip/pcclip/shards/fault"
)

// Form is what a prompt is given and what its answer is.
type Form string

// The forms. A file names its form in a first line "#! FORM"; Text needs none.
const (
	Text       Form = "text"       // two captions; the answer is the difference
	Structured Form = "structured" // two captions; the answer is a JSON object, see Parse
	Rewrite    Form = "rewrite"    // one caption; the answer is another caption of the same image
	Vision     Form = "vision"     // two images, with or without their captions; the answer is the difference
	Judge      Form = "judge"      // a difference and two captions; the answer is a JSON object, see ParseJudgement
)

var forms = []Form{Text, Structured, Rewrite, Vision, Judge}

// endings are how the text of a prompt closes: the captions stand last, so that
// servers can reuse what precedes them, and on lines of their own, so that an
// answer can be traced to its captions. A vision prompt may do without.
var endings = map[Form]string{
	Text:       twoCaptions,
	Structured: twoCaptions,
	Rewrite:    "Caption: {{.CaptionA}}",
	Judge:      "Description: {{.Difference}}\n" + twoCaptions,
}

const twoCaptions = "Caption 1: {{.CaptionA}}\nCaption 2: {{.CaptionB}}"

// orderPlace stands, alone on a line, where the order of mention is asked for.
const orderPlace = "{{.Order}}"

// Half of the pairs are asked for texts that name the second image first:
// finetuning otherwise learns the order of the words instead of their meaning.
var orders = [2]string{
	"Mention the first image before the second.",
	"Mention the second image before the first.",
}

// order draws the order of mention from the captions alone, so that a pair asks
// for the same on every machine and in every run.
func order(captionA, captionB string) string {
	sum := sha256.Sum256([]byte("mention/v1\x00" + captionA + "\x00" + captionB))
	return orders[sum[0]&1]
}

// SecondFirst tells whether an answer is asked to name the second image first;
// asked is false where the prompt leaves the order open.
func (p Prompt) SecondFirst(v Values) (second, asked bool) {
	if !strings.Contains("\n"+p.body, "\n"+orderPlace+"\n") {
		return false, false
	}
	v = v.flat()
	return order(v.CaptionA, v.CaptionB) == orders[1], true
}

// split takes the line that names the form off a text.
func split(where, text string) (Form, string, error) {
	first, rest, _ := strings.Cut(text, "\n")
	name, ok := strings.CutPrefix(first, "#!")
	if !ok {
		return Text, text, nil
	}
	form := Form(strings.TrimSpace(name))
	if !slices.Contains(forms, form) {
		return "", "", fault.Input("read prompt", where, `begin the file with "#! text", "#! structured", "#! rewrite", "#! vision" or "#! judge"`, "unknown form %q", string(form))
	}
	return form, rest, nil
}
