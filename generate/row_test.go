package generate

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pcclip/pcclip/generate/answers"
	"github.com/pcclip/pcclip/prompts"
	"github.com/pcclip/pcclip/shards"
)

// Every row can be traced to its pair and its answer, and holds what the
// verdict says.
func TestRows(t *testing.T) {
	t.Parallel()
	plan := world{train: 150, validation: 30, block: 64}
	dir, e := t.TempDir(), newEndpoint(t)
	o := options(dir, e)
	seed := int64(7)
	o.Seed = &seed
	if _, err := generate(t, o, plan, &tally{}); err != nil {
		t.Fatal(err)
	}
	prompt, err := prompts.Get("paper")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]shards.Row{}
	for _, folder := range []string{"shards", "rejected"} {
		for _, r := range rows(t, dir, folder) {
			if (r.RejectReason == "") != (folder == "shards") {
				t.Errorf("%s in %s", r.RejectReason, folder)
			}
			got[r.PairID] = r
		}
	}
	reasons, repairs := map[string]int64{}, 0
	var tokens shards.Tokens
	for _, split := range plan.Splits() {
		for k := range plan.Len(split) {
			p, _ := plan.Pair(split, k)
			q := prompt.Render(values(p))[0].Content
			said, finish := reply(q)
			key, err := Key(prompt.SHA256, o.request(prompt, p), 0)
			if err != nil {
				t.Fatal(err)
			}
			sum := sha256.Sum256([]byte(said))
			in, out := int64(len(q)/4), int64(len(said)/4)
			tokens.Prompt += in
			tokens.Completion += out
			want := shards.Row{
				PairID: p.PairID, Split: split, Source: p.Source, ImageIDA: p.ImageIDA, ImageIDB: p.ImageIDB, FileNameA: "a.png", FileNameB: "b.png",
				CaptionIDA: p.CaptionIDA, CaptionIDB: p.CaptionIDB, CaptionA: p.CaptionA, CaptionB: p.CaptionB, Difference: said,
				PromptID: "paper", PromptSHA256: prompt.SHA256, RequestSHA256: hex.EncodeToString(key[:]), ResponseSHA256: hex.EncodeToString(sum[:]),
				ModelRequested: "asked-1", ModelServed: "served-1", SystemFingerprint: "fp", Seed: &seed, FinishReason: finish, PromptTokens: &in, CompletionTokens: &out,
			}
			switch {
			case finish == "length":
				want.RejectReason = "length"
			case strings.HasPrefix(said, "*"):
				want.RejectReason = "markdown"
			case strings.HasPrefix(said, "I'm sorry"):
				want.RejectReason = "refusal"
			case strings.HasPrefix(said, "Answer:"):
				want.Difference, want.Repairs = strings.TrimPrefix(said, "Answer:\n"), "newline,prefix,space"
				repairs++
			}
			if want.RejectReason != "" {
				reasons[want.RejectReason]++
			}
			clip := int32(o.CountTokens(want.Difference))
			want.ClipTokens = &clip
			if diff := cmp.Diff(want, got[p.PairID]); diff != "" {
				t.Fatalf("pair %d of %s: %s", k, split, diff)
			}
		}
	}
	m := whole(t, dir, plan, nil)
	if !cmp.Equal(m.RejectReasons, reasons) || m.Tokens != tokens || m.ModelsServed["served-1"] != 180 || m.Fingerprints["fp"] != 180 {
		t.Errorf("manifest %+v, want %v and %+v", m, reasons, tokens)
	}
	if len(reasons) != 3 || repairs == 0 || m.Run.PromptSHA256 != prompt.SHA256 || m.Run.ModelRequested != "asked-1" || m.Run.Rules != "paper/1" || m.Tool.Name != "pcclip" {
		t.Errorf("%v, %d repairs, %+v", reasons, repairs, m.Run)
	}
}

// The store holds what came back, whatever it was.
func TestEverythingThatCameBackIsStored(t *testing.T) {
	t.Parallel()
	plan := world{train: 60, block: 30}
	dir, e := t.TempDir(), newEndpoint(t)
	e.set(func(q string, n int) string {
		if n == 0 && hashOf(q)%2 == 0 {
			return "blank"
		}
		return ""
	})
	result, err := generate(t, options(dir, e), plan, &tally{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := answers.Open(dir + "/answers.db")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.Rows() != result.Requests {
		t.Errorf("%d answers kept of %d", s.Rows(), result.Requests)
	}
	twice := 0
	for k := range plan.train {
		pair, _ := plan.Pair("train", k)
		key, err := hex.DecodeString(rowOf(t, dir, pair.PairID).RequestSHA256)
		if err != nil {
			t.Fatal(err)
		}
		a, ok, err := s.Get(answers.Key(key))
		if !ok || err != nil || a.Endpoint != e.URL+"/v1" || a.Status != 200 || a.Model != "served-1" || a.Received.IsZero() || !strings.Contains(string(a.Body), "choices") {
			t.Fatalf("%v, %v, %+v", ok, err, a)
		}
		if a.Attempt == 2 {
			twice++
		}
	}
	if twice == 0 {
		t.Error("no answer came at the second attempt")
	}
}

func rowOf(t *testing.T, dir, id string) shards.Row {
	for _, r := range append(rows(t, dir, "shards"), rows(t, dir, "rejected")...) {
		if r.PairID == id {
			return r
		}
	}
	t.Fatalf("no row of pair %s", id)
	return shards.Row{}
}
