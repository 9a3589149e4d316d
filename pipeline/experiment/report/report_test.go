package report

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/pipeline/experiment"
	"github.com/pcclip/pcclip/train/eval"
)

func write(t *testing.T, dir string, plan experiment.Plan, r *experiment.Result) (page, doc string) {
	t.Helper()
	must(t, Write(dir, plan, r))
	b, err := os.ReadFile(Page(dir))
	must(t, err)
	j, err := os.ReadFile(filepath.Join(dir, "report", "report.json"))
	must(t, err)
	return string(b), string(j)
}

var ids = regexp.MustCompile(` id="([^"]+)"`)

// The steps share one folder: each takes away or changes a little more.
func TestWrite(t *testing.T) {
	dir, plan, r := fixture(t)
	page, doc := write(t, dir, plan, r)

	t.Run("all sections", func(t *testing.T) {
		for _, id := range []string{"headline", "table", "accuracy", "gains", "geometry", "comparative", "interpolation", "delta", "loss", "paper", "funnel", "pairs", "hardest", "limits"} {
			if !strings.Contains(page, `<section id="`+id+`">`) {
				t.Errorf("no section %s", id)
			}
		}
		seen := map[string]bool{}
		for _, m := range ids.FindAllStringSubmatch(page, -1) {
			if seen[m[1]] {
				t.Errorf("the id %s stands twice", m[1])
			}
			seen[m[1]] = true
		}
		for _, m := range regexp.MustCompile(`href="#([^"]+)"|aria-labelledby="([^" ]+) `).FindAllStringSubmatch(page, -1) {
			if !seen[m[1]+m[2]] {
				t.Errorf("nothing has the id %s", m[1]+m[2])
			}
		}
	})
	t.Run("figures", func(t *testing.T) {
		v, ok := r.Get("difference/mean/first/sign", "default")
		if !ok || v.Interval == nil {
			t.Fatalf("%+v", v)
		}
		for _, want := range []string{
			stat("%", v.Gain, true) + "<small>" + span("%", v.Interval), "53.32", "67.55", "+14.23", "on made-up worlds", "2 − this one by definition",
			`<span class="verdict fails">does not hold</span>`, "default over paper", "too_short <span class=\"number\">240</span>", "<td>3000</td><td>2703</td>", "90.1",
			"paper, validation", "no training: captions subtracted", "share a of paper", "Reversed",
		} {
			if !strings.Contains(strings.ReplaceAll(page, "&#43;", "+"), want) {
				t.Errorf("no %q", want)
			}
		}
		if n, tables := strings.Count(page, `<svg class="chart"`), strings.Count(page, "<summary>Figures</summary>"); n < 15 || n != tables || n != strings.Count(page, "</desc>") {
			t.Errorf("%d charts, %d tables", n, tables)
		}
	})
	t.Run("text stays text", func(t *testing.T) {
		if strings.Contains(page, "<script") || !strings.Contains(page, "&lt;script&gt;alert(1)") {
			t.Error("the plan's text is not escaped")
		}
	})
	t.Run("loads nothing", func(t *testing.T) {
		if m := regexp.MustCompile(`(?i)https?:|//[a-z]|@import|<link|<iframe|<object|url\(`).FindString(base64Free(page)); m != "" {
			t.Errorf("the page holds %q", m)
		}
	})
	t.Run("pictures", func(t *testing.T) {
		pictures := regexp.MustCompile(`src="data:image/png;base64,([^"]+)"`).FindAllStringSubmatch(page, -1)
		if len(pictures) < 16 {
			t.Fatalf("%d pictures", len(pictures))
		}
		b, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(pictures[0][1], "&#43;", "+"))
		must(t, err)
		img, err := png.Decode(bytes.NewReader(b))
		must(t, err)
		if img.Bounds().Dx() != 32 {
			t.Errorf("%v", img.Bounds())
		}
	})
	t.Run("JSON", func(t *testing.T) {
		var got struct {
			Main     string `json:"main_model"`
			Sections []struct {
				ID      string
				Figures []struct {
					Lines struct {
						Series []struct{ Points []struct{ Y float64 } }
					}
				}
			}
			Hardest []struct {
				Scores []struct{ Text, Reversed float64 }
			}
		}
		must(t, json.Unmarshal([]byte(doc), &got))
		if got.Main != "paper" || len(got.Sections) != 7 || len(got.Hardest) == 0 || strings.Contains(doc, "base64") {
			t.Errorf("%+v", got)
		}
		for _, p := range got.Hardest {
			if p.Scores[1].Text > p.Scores[1].Reversed {
				t.Errorf("a pair that is right is among the hardest: %+v", p)
			}
		}
	})
	t.Run("same bytes again", func(t *testing.T) {
		if again, docAgain := write(t, dir, plan, r); again != page || docAgain != doc {
			t.Error("a second report differs")
		}
	})
	t.Run("without parts", func(t *testing.T) { withoutParts(t, dir, plan, r) })
}

// base64Free takes the pictures out of a page.
func base64Free(page string) string {
	return regexp.MustCompile(`base64,[^"]+`).ReplaceAllString(page, "")
}

func withoutParts(t *testing.T, dir string, plan experiment.Plan, r *experiment.Result) {
	plan.Models[0].Average, plan.Claims, plan.Paper = nil, nil, nil
	r.Claims, r.Paper = nil, nil
	for _, seed := range plan.Seeds {
		files := plan.Files(dir, seed)
		for _, gone := range []string{files.Training("paper"), files.Training("default"), files.Training("shuffled"), files.Run(plan.Data[0]), files.Run(plan.Data[1]), files.Tasks()} {
			must(t, os.RemoveAll(gone))
		}
	}
	page, _ := write(t, dir, plan, r)
	for _, id := range []string{"interpolation", "loss", "paper", "funnel", "pairs", "hardest"} {
		if strings.Contains(page, `id="`+id+`"`) || strings.Contains(page, `href="#`+id+`"`) {
			t.Errorf("section %s of nothing", id)
		}
	}
	if !strings.Contains(page, `id="comparative"`) || strings.Contains(page, "<h3>Claims") {
		t.Error("the rest is not there")
	}
	for _, seed := range plan.Seeds {
		must(t, os.RemoveAll(filepath.Dir(plan.Files(dir, seed).Scores("base"))))
	}
	if page, _ = write(t, dir, plan, r); strings.Contains(page, `id="comparative"`) || !strings.Contains(page, `id="accuracy"`) {
		t.Error("without scores the table remains, and nothing else")
	}
	put(t, plan.Files(dir, 0).Scores("paper"), []byte("{"))
	if err := Write(dir, plan, r); err == nil || !strings.Contains(err.Error(), "paper.json") {
		t.Errorf("broken scores: %v", err)
	}
}

// Names in a task file lead to no file outside the images folder, and are text.
func TestPicturesStayInside(t *testing.T) {
	dir := t.TempDir()
	plan := experiment.Plan{
		Name: "real", Seeds: []int64{7}, Means: []string{"t"}, Models: []experiment.Model{{Name: "m"}}, Data: []experiment.Data{{Name: "d", Run: filepath.Join(dir, "run")}},
		Real: &experiment.Real{Model: "models/ViT", Tasks: filepath.Join(dir, "tasks.jsonl"), Images: filepath.Join(dir, "images")},
	}
	var secret bytes.Buffer
	must(t, png.Encode(&secret, grey(40, 20)))
	put(t, filepath.Join(dir, "secret.png"), secret.Bytes())
	var photo bytes.Buffer
	must(t, png.Encode(&photo, grey(600, 300)))
	put(t, filepath.Join(dir, "images", "a.png"), photo.Bytes())
	var doc bytes.Buffer
	must(t, eval.WriteTasks(&doc, []eval.Item{{Kind: eval.KindDifference, Task: "t", ImageA: "../secret.png", ImageB: "a.png", Text: "<script>x</script>", CaptionA: `"><img src=x>`, CaptionB: "b"}}))
	put(t, plan.Real.Tasks, doc.Bytes())
	cells := map[string]*experiment.Cell{}
	for _, model := range []string{"base", "m"} {
		cells[model] = &experiment.Cell{Report: eval.Report{Differences: []eval.Difference{{Task: "t", Order: eval.OrderFirst, N: 1, Items: &eval.ItemScores{Index: []int{0}, Forward: []float64{-.25}}}}}}
		b, err := json.Marshal(cells[model])
		must(t, err)
		put(t, plan.Files(dir, 7).Scores(model), b)
	}
	r, err := experiment.Tabulate(plan, []map[string]*experiment.Cell{cells})
	must(t, err)
	page, _ := write(t, dir, plan, r)
	if n := strings.Count(page, "data:image/png"); n != 2 { // a.png, as example and among the hardest
		t.Errorf("%d pictures", n)
	}
	for _, want := range []string{"../secret.png could not be shown", "&lt;script&gt;x", "&#34;&gt;&lt;img src=x&gt;", "−0.250", "wrong by sign", "1 seed", "base model ViT"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q", want)
		}
	}
	for _, bad := range []string{"<script", "<img src=x", dir, " ± 0", "made-up"} {
		if strings.Contains(strings.SplitN(page, "<body>", 2)[1], bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	b64 := regexp.MustCompile(`base64,([^"]+)`).FindStringSubmatch(page)[1]
	b, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(b64, "&#43;", "+"))
	must(t, err)
	if img, err := png.Decode(bytes.NewReader(b)); err != nil || img.Bounds().Dx() != side || img.Bounds().Dy() != side/2 {
		t.Errorf("a large photo is %v: %v", img.Bounds(), err)
	}
	must(t, os.RemoveAll(plan.Real.Images))
	if page, _ = write(t, dir, plan, r); strings.Contains(page, "data:image") || !strings.Contains(page, "a.png could not be shown") {
		t.Error("pictures of a folder that is gone")
	}
}
