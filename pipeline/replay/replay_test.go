package replay

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/generate"
	"github.com/pcclip/pcclip/prompts"
	"github.com/pcclip/pcclip/shards"
)

// A run in which pairs failed and a judge was applied is rebuilt byte for byte.
func TestReplayOfAJudgedRunWithFailures(t *testing.T) {
	captions := captionsFile(t, 60)
	run, plan := planned(t, captions, 200, 64)
	writer := serve(t, func(question string) string {
		if hashOf(question)%9 == 0 {
			return ""
		}
		return fmt.Sprintf("The first image shows %d things more than the second one does, in a brighter place and with other animals.", hashOf(question)%1000)
	})
	result, err := generate.Run(t.Context(), options(run, writer, "paper"), plan, nil)
	if err == nil || result.Manifest.Totals.Failed == 0 {
		t.Fatalf("no pair failed: %v", err)
	}
	judge := serve(t, func(question string) string {
		n := hashOf(question)
		if n%10 == 0 || question == prompts.Again {
			return "I cannot say."
		}
		return fmt.Sprintf(`{"first": %d, "supported": %t}`, 1+n%2, n%5 != 0)
	})
	rows, _, err := generate.ReadAccepted(run)
	must(t, err)
	of := generate.JudgeDir(run, "j")
	must(t, os.MkdirAll(of, 0o755))
	_, err = generate.Run(t.Context(), options(of, judge, "judge"), rows, nil)
	must(t, err)
	j, err := generate.Recheck(t.Context(), generate.RecheckOptions{RunDir: run, Prompt: "paper", Judge: "j", Apply: true}, plan)
	must(t, err)
	if j.Rejected[generate.JudgedOrder] == 0 || j.Rejected[generate.JudgedUnsupported] == 0 || j.Unjudged == 0 {
		t.Fatalf("the judge decided nothing: %+v", j)
	}
	dir := frozen(t, run, plan)
	verified(t, dir, plan)
	o := Options{Dir: dir, Captions: captions}
	first, err := Run(t.Context(), o)
	must(t, err)
	if first != nil {
		t.Errorf("rebuilt: %s", first)
	}
	for name, tt := range map[string]struct{ file, says string }{
		"an answer":    {"responses/responses-00000-of-00001.parquet", "answers are missing"},
		"a judgement":  {"responses/judge-00000-of-00001.parquet", "answers are missing"},
		"another text": {"", "row 3 column difference"},
	} {
		t.Run(name, func(t *testing.T) {
			spoiled := filepath.Join(t.TempDir(), "spoiled")
			must(t, os.CopyFS(spoiled, os.DirFS(dir)))
			if tt.file == "" {
				rewrite(t, filepath.Join(spoiled, "data/train-00000-of-00001.parquet"), func(rows []shards.Row) []shards.Row { rows[3].Difference += "!"; return rows })
			} else {
				rewrite(t, filepath.Join(spoiled, tt.file), func(all []shards.Answer) []shards.Answer { return all[1:] })
			}
			first, err := Run(t.Context(), Options{Dir: spoiled, Captions: captions})
			var missing *generate.MissingAnswers
			switch {
			case tt.file != "" && (!errors.As(err, &missing) || len(missing.Keys) == 0):
				t.Errorf("%v, %v", first, err)
			case tt.file == "" && (first == nil || !strings.Contains(first.String(), tt.says)):
				t.Errorf("%v, %v", first, err)
			}
		})
	}
}

func rewrite[T any](t *testing.T, path string, change func([]T) []T) {
	t.Helper()
	meta, err := shards.ReadMeta(path)
	must(t, err)
	delete(meta, "huggingface")
	delete(meta, "pcclip.pages")
	var rows []T
	for row, err := range shards.ReadTable[T](path) {
		must(t, err)
		rows = append(rows, row)
	}
	_, err = shards.WriteTable(path, change(rows), meta)
	must(t, err)
}
