package shards

import "encoding/binary"

func (a *Answer) texts() []*string {
	return []*string{&a.RequestSHA256, &a.Standing, &a.Outcome, &a.Text, &a.FinishReason, &a.ModelServed, &a.SystemFingerprint}
}

func (a *Answer) numbers() []**int64 {
	return []**int64{&a.PromptTokens, &a.CachedTokens, &a.CompletionTokens, &a.ReasoningTokens}
}

// Append writes the answer behind doc, in a form for files under way that Take
// reads.
func (a *Answer) Append(doc []byte) []byte {
	for _, t := range a.texts() {
		doc = append(binary.AppendUvarint(doc, uint64(len(*t))), *t...)
	}
	for _, n := range a.numbers() {
		if *n == nil {
			doc = append(doc, 0)
			continue
		}
		doc = binary.AppendVarint(append(doc, 1), **n)
	}
	return doc
}

// Take reads what Append wrote. The texts are parts of one copy of the bytes.
func (a *Answer) Take(doc []byte) {
	text, at := string(doc), 0
	for _, t := range a.texts() {
		size, n := binary.Uvarint(doc[at:])
		*t, at = text[at+n:at+n+int(size)], at+n+int(size)
	}
	for _, to := range a.numbers() {
		there := doc[at] == 1
		if at++; there {
			x, n := binary.Varint(doc[at:])
			*to, at = &x, at+n
		}
	}
}
