//go:build libtorch

package train

import (
	"context"
	"errors"
	"runtime"

	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/clip"
	"github.com/pcclip/pcclip/train/clip/imageproc"
	"github.com/pcclip/pcclip/train/clip/tokenizer"
	"github.com/pcclip/pcclip/train/torch"
)

// maxExamples bounds the broken images that a report names.
const maxExamples = 5

// Encoder holds a loaded model for embedding. Close it.
type Encoder struct {
	opts  EmbedOptions
	th    *torch.Thread
	model *clip.Model
	tok   *tokenizer.Tokenizer
	prep  *imageproc.Transform
}

// NewEncoder loads a model.
func NewEncoder(ctx context.Context, opts EmbedOptions) (*Encoder, error) {
	if err := opts.Validate(); err != nil {
		return nil, err
	}
	tok, err := tokenizer.New()
	if err != nil {
		return nil, err
	}
	threads := opts.Threads
	if threads == 0 {
		threads = runtime.NumCPU()
	}
	th, err := torch.Start(torch.Options{Threads: threads, Device: opts.Device})
	if err != nil {
		return nil, err
	}
	model, err := clip.Load(ctx, th, opts.Model)
	if err != nil {
		th.Close()
		return nil, err
	}
	e := &Encoder{opts: opts, th: th, model: model, tok: tok}
	if e.prep, err = imageproc.NewTransform(model.Config().Images()); err == nil {
		err = fitsTokenizer(opts.Model, model.Config())
	}
	if err != nil {
		e.Close()
		return nil, err
	}
	return e, nil
}

// fitsTokenizer refuses a model whose text tower has another vocabulary.
func fitsTokenizer(path string, c clip.Config) error {
	if err := c.FitsTokenizer(); err != nil {
		return fault.Input("read model", path, "give a model with CLIP's vocabulary", "%w", err)
	}
	return nil
}

// Close frees the model and its thread.
func (e *Encoder) Close() {
	e.model.Close()
	e.th.Close()
}

// Digest gives the digest of the weights.
func (e *Encoder) Digest(ctx context.Context) (string, error) { return e.model.Digest(ctx) }

// EmbedImages gives the table of the images in the given order, before
// normalisation. Broken images are left out and counted, or end it with Strict.
func (e *Encoder) EmbedImages(ctx context.Context, refs []ImageRef, open OpenImage, progress Progress) (*Table, EmbedReport, error) {
	digest, err := e.Digest(ctx)
	if err != nil {
		return nil, EmbedReport{}, err
	}
	config := e.model.Config()
	t := &Table{Weights: digest, Preprocess: imageproc.PreprocessID(config.Images()), Dimension: config.EmbedDim, rows: map[string]int{}}
	report := EmbedReport{Model: e.opts.Model, Weights: digest, Dimension: t.Dimension}
	progress.Total(int64(len(refs)))
	pixels := make([]float32, e.opts.Batch*e.prep.Len())
	for from := 0; from < len(refs); from += e.opts.Batch {
		if err := ctx.Err(); err != nil {
			return nil, report, err
		}
		chunk := refs[from:min(from+e.opts.Batch, len(refs))]
		good, err := e.decode(chunk, open, pixels, &report)
		if err != nil {
			return nil, report, err
		}
		if err := e.encodeImages(ctx, t, good, pixels); err != nil {
			return nil, report, err
		}
		progress.Add(int64(len(chunk)))
	}
	report.Embedded = len(t.IDs)
	if len(refs) > 0 && report.Embedded == 0 {
		return nil, report, fault.Input("embed images", "", "check --images", "none of the %d images can be read; the first: %s", len(refs), report.Examples[0])
	}
	return t, report, nil
}

// decode fills pixels with the good images of a chunk, packed to the front.
func (e *Encoder) decode(chunk []ImageRef, open OpenImage, pixels []float32, report *EmbedReport) ([]ImageRef, error) {
	names := make([]string, len(chunk))
	for i, r := range chunk {
		names[i] = r.Name
	}
	errs := decodeImages(names, open, e.prep, runtime.NumCPU(), pixels)
	size := e.prep.Len()
	var good []ImageRef
	for i, err := range errs {
		if err == nil {
			copy(pixels[len(good)*size:], pixels[i*size:(i+1)*size])
			good = append(good, chunk[i])
			continue
		}
		if errors.Is(err, errSystem) {
			return nil, err
		}
		if e.opts.Strict {
			return nil, fault.Input("embed images", chunk[i].Name, "repair or remove the image, or leave out --strict", "%w", err)
		}
		report.Broken++
		if len(report.Examples) < maxExamples {
			report.Examples = append(report.Examples, err.Error())
		}
	}
	return good, nil
}

func (e *Encoder) encodeImages(ctx context.Context, t *Table, refs []ImageRef, pixels []float32) error {
	if len(refs) == 0 {
		return nil
	}
	return e.th.Do(ctx, func(s *torch.Scope) error {
		s.NoGrad(func() {
			x := s.FromFloat32(pixels[:len(refs)*e.prep.Len()], len(refs), 3, e.prep.Size(), e.prep.Size())
			t.Vectors = append(t.Vectors, s.Float32s(e.model.EncodeImage(s, x))...)
		})
		for _, r := range refs {
			t.rows[r.ID] = len(t.IDs)
			t.IDs = append(t.IDs, r.ID)
		}
		return nil
	})
}

// EmbedTexts gives the embeddings [len(texts)][D] of texts, before
// normalisation, in the given order.
func (e *Encoder) EmbedTexts(ctx context.Context, texts []string, progress Progress) ([][]float32, error) {
	progress.Total(int64(len(texts)))
	dim := e.model.Config().EmbedDim
	out := make([][]float32, 0, len(texts))
	for from := 0; from < len(texts); from += e.opts.Batch {
		chunk := texts[from:min(from+e.opts.Batch, len(texts))]
		ids := make([][]int32, len(chunk))
		for i, text := range chunk {
			ids[i] = e.tok.EncodeTo(text, e.model.Config().Text.Context)
		}
		err := e.th.Do(ctx, func(s *torch.Scope) error {
			s.NoGrad(func() {
				flat := s.Float32s(e.model.EncodeTexts(s, ids))
				for i := range chunk {
					out = append(out, flat[i*dim:(i+1)*dim:(i+1)*dim])
				}
			})
			return nil
		})
		if err != nil {
			return nil, err
		}
		progress.Add(int64(len(chunk)))
	}
	return out, nil
}
