package world

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/sourcegraph/conc/pool"

	"github.com/pcclip/pcclip/shards"
)

// coco is a captions file in COCO's form.
type coco struct {
	Info        map[string]string `json:"info"`
	Licenses    []cocoLicense     `json:"licenses"`
	Images      []cocoImage       `json:"images"`
	Annotations []cocoCaption     `json:"annotations"`
}

type cocoLicense struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
	URL  string `json:"url"`
}

type cocoImage struct {
	ID       int    `json:"id"`
	FileName string `json:"file_name"`
	Width    int    `json:"width"`
	Height   int    `json:"height"`
	License  int    `json:"license"`
}

type cocoCaption struct {
	ID      int    `json:"id"`
	ImageID int    `json:"image_id"`
	Caption string `json:"caption"`
}

// idsPerSplit keeps the ids of splits apart.
const idsPerSplit = 1_000_000

// FileName gives the name of an image in the images folder.
func FileName(split string, index int) string { return fmt.Sprintf("%s/%06d.png", split, index) }

// WriteFiles writes the splits of a world under dir: images/SPLIT/000000.png
// and SPLIT.json, captions in COCO's form. A stamp, written last and taken away
// first, makes a second call with the same arguments return at once while every
// file is there. done counts images; it is called from several goroutines.
func WriteFiles(ctx context.Context, dir string, seed int64, splits []Split, done func(int64)) error {
	stamp, err := json.Marshal(map[string]any{"version": "world/v1", "seed": seed, "splits": splits})
	if err != nil {
		return fmt.Errorf("write world: %w", err)
	}
	path := filepath.Join(dir, "world.json")
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, stamp) && complete(dir, splits) {
		return nil
	}
	// A stamp that outlived a half-written other world would vouch for a mixture.
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("write world: %w", err)
	}
	for i, split := range splits {
		if err := writeSplit(ctx, dir, seed, split, (i+1)*idsPerSplit, done); err != nil {
			return fmt.Errorf("write world: %w", err)
		}
	}
	return shards.WriteFile(path, stamp)
}

// complete says that every file of the splits is there and holds something.
// Images are not synced, so that a machine that lost power may have empty ones.
func complete(dir string, splits []Split) bool {
	full := func(path string) bool {
		info, err := os.Stat(path)
		return err == nil && info.Mode().IsRegular() && info.Size() > 0
	}
	for _, split := range splits {
		if !full(filepath.Join(dir, split.Name+".json")) {
			return false
		}
		for i := range split.Count {
			if !full(filepath.Join(dir, "images", FileName(split.Name, i))) {
				return false
			}
		}
	}
	return true
}

func writeSplit(ctx context.Context, dir string, seed int64, split Split, firstID int, done func(int64)) error {
	if err := os.MkdirAll(filepath.Join(dir, "images", split.Name), 0o755); err != nil {
		return err
	}
	images := DrawSplit(seed, split)
	workers := pool.New().WithContext(ctx).WithCancelOnError().WithMaxGoroutines(runtime.NumCPU())
	for i, img := range images {
		workers.Go(func(ctx context.Context) error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			defer done(1)
			return writePNG(filepath.Join(dir, "images", FileName(split.Name, i)), img.Pixels())
		})
	}
	if err := workers.Wait(); err != nil {
		return err
	}
	file := coco{
		Info:     map[string]string{"description": "pcclip demo world, split " + split.Name, "version": "1"},
		Licenses: []cocoLicense{{7, "No known copyright restrictions", "http://flickr.com/commons/usage/"}},
	}
	for i, img := range images {
		id := firstID + i
		file.Images = append(file.Images, cocoImage{id, FileName(split.Name, i), Pixels, Pixels, 7})
		for k, c := range img.Captions {
			file.Annotations = append(file.Annotations, cocoCaption{id*10 + k, id, c})
		}
	}
	b, err := json.Marshal(file)
	if err != nil {
		return err
	}
	return shards.WriteFile(filepath.Join(dir, split.Name+".json"), b)
}

// writePNG writes one image in place, and does not sync it: without the stamp
// and whole files the world is made again, in seconds.
func writePNG(path string, pixels []uint8) error {
	img := image.NewNRGBA(image.Rect(0, 0, Pixels, Pixels))
	for i := range Pixels * Pixels {
		copy(img.Pix[4*i:], pixels[3*i:3*i+3])
		img.Pix[4*i+3] = 255
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	enc := png.Encoder{CompressionLevel: png.BestSpeed, BufferPool: &buffers}
	return errors.Join(enc.Encode(w, img), w.Flush(), f.Close())
}

// buffers spares the encoder's large buffers, an image apiece.
var buffers bufferPool

type bufferPool struct{ pool sync.Pool }

// Get gives a buffer, or nil for a new one.
func (b *bufferPool) Get() *png.EncoderBuffer {
	e, _ := b.pool.Get().(*png.EncoderBuffer)
	return e
}

// Put keeps a buffer.
func (b *bufferPool) Put(e *png.EncoderBuffer) { b.pool.Put(e) }
