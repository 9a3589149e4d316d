//go:build libtorch

package train

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/pcclip/pcclip/shards/fault"
)

// colours are images of one colour each, captioned with its name.
var colours = map[string]color.RGBA{
	"red": {220, 30, 30, 255}, "green": {30, 160, 40, 255}, "blue": {40, 80, 220, 255}, "white": {240, 240, 240, 255},
	"black": {15, 15, 15, 255}, "yellow": {240, 230, 40, 255},
}

func pretrainJob(t testing.TB) PretrainJob {
	t.Helper()
	files := map[string][]byte{}
	var images []Captioned
	for _, name := range []string{"red", "green", "blue", "white", "black", "yellow"} {
		img := image.NewRGBA(image.Rect(0, 0, 16, 16))
		for i := range 256 {
			img.SetRGBA(i%16, i/16, colours[name])
		}
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		files[name+".png"] = b.Bytes()
		images = append(images, Captioned{Name: name + ".png", Captions: []string{"a photo of " + name, fmt.Sprintf("something %s.", name)}})
	}
	o := DefaultPretrain()
	o.Steps, o.Batch, o.LR, o.Warmup, o.CheckpointEvery, o.LogEvery, o.Device = 150, 6, 5e-3, 5, 0, 1, "cpu"
	open := func(name string) (io.ReadCloser, error) {
		b, ok := files[name]
		if !ok {
			return nil, fs.ErrNotExist
		}
		return io.NopCloser(bytes.NewReader(b)), nil
	}
	return PretrainJob{Config: tiny(), Images: images, Open: open, Dir: filepath.Join(t.TempDir(), "p"), Options: o}
}

func TestPretrainLearnsColours(t *testing.T) {
	j := pretrainJob(t)
	report, err := Pretrain(context.Background(), j, NoProgress{})
	if err != nil {
		t.Fatal(err)
	}
	if first, last := ends(t, j.Dir); last.Loss > first.Loss/2 || last.Top1 < .99 {
		t.Errorf("from %+v to %+v: nothing was learned", first, last)
	}
	enc, err := NewEncoder(context.Background(), EmbedOptions{Model: report.Model, Batch: 4, Threads: 1, Device: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	defer enc.Close()
	refs := []ImageRef{{"r", "red.png"}, {"lost", "nowhere.png"}, {"b", "blue.png"}}
	table, embedded, err := enc.EmbedImages(context.Background(), refs, j.Open, NoProgress{})
	if err != nil || embedded.Embedded != 2 || embedded.Broken != 1 || table.Weights != report.Digest {
		t.Fatalf("report %+v, %v", embedded, err)
	}
	texts, err := enc.EmbedTexts(context.Background(), []string{"a photo of red", "a photo of blue"}, NoProgress{})
	if err != nil {
		t.Fatal(err)
	}
	for i, id := range []string{"r", "b"} {
		row, ok := table.Row(id)
		if !ok || dot(table.Vector(row), texts[i]) <= dot(table.Vector(row), texts[1-i]) {
			t.Errorf("image %s is not nearest to its own caption", id)
		}
	}
}

func dot(a, b []float32) float64 {
	unit(a)
	unit(b)
	sum := 0.0
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

func TestPretrainResumesBitIdentical(t *testing.T) {
	j := pretrainJob(t)
	j.Options.Steps = 9
	if _, err := Pretrain(context.Background(), j, NoProgress{}); err != nil {
		t.Fatal(err)
	}
	whole := weightsOf(t, j.Dir)
	j.Dir, j.Resume = filepath.Join(t.TempDir(), "again"), true
	ctx, cancel := context.WithCancel(context.Background())
	if _, err := Pretrain(ctx, j, &stopAfter{n: 4, cancel: cancel}); fault.ExitCode(err) != fault.Interrupted {
		t.Fatalf("got %v", err)
	}
	if _, err := Pretrain(context.Background(), j, NoProgress{}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(whole, weightsOf(t, j.Dir)) {
		t.Error("other weights after a stop")
	}
}

func TestPretrainNamesTheBrokenImage(t *testing.T) {
	j := pretrainJob(t)
	j.Images[3].Name = "nowhere.png"
	_, err := Pretrain(context.Background(), j, NoProgress{})
	if err == nil || fault.ExitCode(err) != fault.Usage || !bytes.Contains([]byte(err.Error()), []byte("nowhere.png")) {
		t.Errorf("got %v", err)
	}
	if left, _ := os.ReadDir(filepath.Join(j.Dir, "model")); len(left) > 0 {
		t.Error("a model was written")
	}
}
