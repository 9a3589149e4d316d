package release

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"testing"

	"github.com/pcclip/pcclip/shards"
)

const promptText = "Describe the difference.\nCaption 1: {{.CaptionA}}\nCaption 2: {{.CaptionB}}\n"

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// world is a made-up run: every pair of neighbours among the images of a split.
type world struct {
	dir    string
	images map[string]int // by split
}

type imageFile struct {
	ID      string `parquet:"image_id,optional"`
	License string `parquet:"image_license,optional,dict"`
	Split   string `parquet:"split,optional,dict"`
	Caption string `parquet:"caption,optional"`
}

func (w *world) image(split string, n int64) imageFile {
	id := fmt.Sprintf("%s%04d", split[:1], n)
	return imageFile{ID: id, License: fmt.Sprint(1 + n%6), Split: split, Caption: "a picture of " + id}
}

// Pair gives the plan's pair.
func (w *world) Pair(split string, k int64) (shards.Pair, error) {
	a, b := w.image(split, k), w.image(split, k+1)
	return shards.Pair{
		Index: k, PairID: shards.PairID("coco", a.ID, b.ID, a.ID, b.ID), Split: split, Source: "coco",
		ImageIDA: a.ID, ImageIDB: b.ID, FileNameA: a.ID + ".jpg", FileNameB: b.ID + ".jpg", CaptionIDA: a.ID, CaptionIDB: b.ID,
		CaptionA: a.Caption, CaptionB: b.Caption, ImageLicenseA: a.License, ImageLicenseB: b.License,
	}, nil
}

func said(p shards.Pair) string {
	return "The first shows " + p.ImageIDA + ", the second " + p.ImageIDB + "."
}

// All gives the recorded answers, in no order.
func (w *world) All(context.Context) iter.Seq2[shards.Answer, error] {
	return func(yield func(shards.Answer, error) bool) {
		for split, n := range w.images {
			for k := range int64(n - 1) {
				p, _ := w.Pair(split, k)
				tokens := int64(7)
				a := shards.Answer{
					RequestSHA256: digest(p.PairID), Standing: shards.AnswerUsable, Outcome: "ok", Text: said(p), FinishReason: "stop",
					ModelServed: "m-1", CompletionTokens: &tokens,
				}
				if !yield(a, nil) {
					return
				}
			}
		}
	}
}

// Settings gives what every request carried.
func (w *world) Settings() (shards.Sampling, bool) {
	zero := 0.0
	return shards.Sampling{Temperature: &zero, MaxTokens: 100}, false
}

// rejected tells which answers the rules refuse.
func rejected(k int64) bool { return k%7 == 3 }

// newWorld writes a finished run.
func newWorld(t testing.TB, train, validation int) *world {
	t.Helper()
	w := &world{dir: filepath.Join(t.TempDir(), "run"), images: map[string]int{"train": train, "validation": validation}}
	m := &shards.Manifest{
		Tool:   shards.Tool{Name: "pcclip", Version: "1"},
		Run:    shards.Run{Seed: 5, Source: "coco", SourceSHA256: digest("captions"), PromptID: "p", PromptSHA256: digest(promptText), Rules: "paper/1", ModelRequested: "m"},
		Splits: map[string]shards.Count{}, RejectReasons: map[string]int64{}, ModelsServed: map[string]int64{}, Fingerprints: map[string]int64{},
	}
	var images []imageFile
	for _, split := range []string{"train", "validation"} {
		for n := range int64(w.images[split]) {
			images = append(images, w.image(split, n))
		}
		w.writeSplit(t, m, split)
	}
	plan := map[string]any{
		"captions": "captions.json", "captions_sha256": digest("captions"), "seed": 5, "images": train + validation, "split_rule": "by hash",
		"images_with_captions": train + validation, "images_by_split": w.images, "validation_share": .2,
	}
	doc, err := json.Marshal(plan)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(w.dir, planFile), doc, 0o644))
	_, err = shards.WriteTable(filepath.Join(w.dir, imagesFile), images, nil)
	must(t, err)
	must(t, m.Write(filepath.Join(w.dir, ManifestFile)))
	return w
}

func (w *world) writeSplit(t testing.TB, m *shards.Manifest, split string) {
	t.Helper()
	pairs := max(0, int64(w.images[split]-1))
	c := shards.Count{Planned: pairs}
	const block = 50
	for from := int64(0); from < pairs; from += block {
		rows := map[string][]shards.Row{}
		for k := from; k < min(from+block, pairs); k++ {
			p, _ := w.Pair(split, k)
			row := rowOf(p)
			kind := shards.KindAccepted
			if rejected(k) {
				row.RejectReason, kind = "clock", shards.KindRejected
				m.RejectReasons["clock"]++
			}
			m.ModelsServed["m-1"]++
			rows[kind] = append(rows[kind], row)
		}
		for kind, folder := range map[string]string{shards.KindAccepted: "shards", shards.KindRejected: "rejected"} {
			must(t, os.MkdirAll(filepath.Join(w.dir, folder), 0o755))
			info, err := shards.WriteRows(filepath.Join(w.dir, folder, fmt.Sprintf("%s-part-%05d.parquet", split, from/block)), rows[kind], nil)
			must(t, err)
			info, err = info.In(w.dir)
			must(t, err)
			m.Files = append(m.Files, shards.File{FileInfo: info, Split: split, Kind: kind})
		}
		c.Accepted += int64(len(rows[shards.KindAccepted]))
		c.Rejected += int64(len(rows[shards.KindRejected]))
	}
	m.Splits[split], m.Totals = c, m.Totals.Add(c)
}

func rowOf(p shards.Pair) shards.Row {
	tokens := int64(7)
	return shards.Row{
		PairID: p.PairID, Split: p.Split, Source: p.Source, ImageIDA: p.ImageIDA, ImageIDB: p.ImageIDB, FileNameA: p.FileNameA, FileNameB: p.FileNameB,
		CaptionIDA: p.CaptionIDA, CaptionIDB: p.CaptionIDB, CaptionA: p.CaptionA, CaptionB: p.CaptionB, ImageLicenseA: p.ImageLicenseA, ImageLicenseB: p.ImageLicenseB,
		Difference: said(p), PromptID: "p", PromptSHA256: digest(promptText), RequestSHA256: digest(p.PairID), ResponseSHA256: digest(said(p)),
		ModelRequested: "m", ModelServed: "m-1", FinishReason: "stop", CompletionTokens: &tokens,
	}
}

func (w *world) options(t testing.TB) Options {
	o := DefaultOptions()
	o.Run, o.Out, o.Name, o.Version, o.Prompt, o.Plan, o.Answers = w.dir, filepath.Join(t.TempDir(), "out"), "test", "1.0.0", promptText, w, w
	o.RowsPerFile = 60
	return o
}

// freeze makes a release of the world.
func (w *world) freeze(t testing.TB) string {
	t.Helper()
	o := w.options(t)
	must(t, Freeze(t.Context(), o))
	return o.Out
}

func (w *world) verify(t testing.TB, dir string, level Level) *Report {
	t.Helper()
	r, err := Verify(t.Context(), dir, VerifyOptions{Level: level, OpenPlan: func(string, *shards.Manifest) (Plan, error) { return w, nil }})
	must(t, err)
	return r
}

// sign makes hashes and sizes right again after files were altered.
func sign(t testing.TB, dir string) {
	t.Helper()
	path := filepath.Join(dir, ManifestFile)
	m, err := shards.ReadManifest(path)
	must(t, err)
	for i, f := range m.Files {
		doc, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(f.Path)))
		must(t, err)
		m.Files[i].SHA256, m.Files[i].Bytes = digest(string(doc)), int64(len(doc))
	}
	must(t, m.Write(path))
	must(t, os.Remove(filepath.Join(dir, sumsFile)))
	must(t, (&freezer{f: &folder{root: dir}}).sums())
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
