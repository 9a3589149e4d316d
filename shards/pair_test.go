package shards

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

// A pair is named by the JSON array that encoding/json makes of its parts.
func TestPairIDIsOfJSON(t *testing.T) {
	part := rapid.OneOf(rapid.String(), rapid.StringMatching(`[0-9a-z_:<>&"\\]*`), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOfN(part, 5, 5).Draw(t, "parts")
		doc, err := json.Marshal(append([]string{"pair/v1"}, p...))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(doc)
		if got, want := PairID(p[0], p[1], p[2], p[3], p[4]), hex.EncodeToString(sum[:16]); got != want {
			t.Fatalf("%s, want %s of %s", got, want, doc)
		}
	})
}
