package generate

import (
	"fmt"
	"testing"

	"github.com/pcclip/pcclip/generate/check"
	"github.com/pcclip/pcclip/shards"
)

func TestVerdictsAreTakenOnce(t *testing.T) {
	var v verdicts
	a, b := shards.Pair{CaptionA: "a", CaptionB: "b"}, shards.Pair{CaptionA: "ab"}
	if _, found := v.take("x", a); found {
		t.Error("found what was never kept")
	}
	v.keep("x", a, checked{verdict: check.Verdict{Text: "x"}})
	if _, found := v.take("x", b); found {
		t.Error("other captions have the verdict")
	}
	if c, found := v.take("x", a); !found || c.verdict.Text != "x" {
		t.Errorf("%+v, %v", c, found)
	}
	if _, found := v.take("x", a); found {
		t.Error("taken twice")
	}
	for i := range mostVerdicts + 10 {
		v.keep(fmt.Sprint(i), a, checked{})
	}
	if len(v.known) != mostVerdicts {
		t.Errorf("%d verdicts are kept", len(v.known))
	}
}
