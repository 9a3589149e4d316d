package main

import (
	"errors"
	"path/filepath"

	"github.com/pcclip/pcclip/pipeline/dataset"
	"github.com/pcclip/pcclip/pipeline/finetune"
	"github.com/pcclip/pcclip/pipeline/rundir"
	"github.com/pcclip/pcclip/pipeline/sample"
	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train"
	"github.com/pcclip/pcclip/train/eval"
)

type imageFolder = dataset.Images

func openImages(dir string) (*imageFolder, error) { return dataset.OpenImages(dir) }

// runImages opens the folder of a run's images: the given one, else the one
// that sample recorded.
func runImages(dir rundir.Dir, given string) (*imageFolder, error) {
	if given == "" {
		var err error
		if given, err = dir.Recorded("sample", "images"); err != nil {
			return nil, err
		}
	}
	if given == "" {
		return nil, fault.Input("open images folder", dir.Path, "give --images DIR", "the run was sampled without an images folder")
	}
	return openImages(given)
}

// runRefs lists the images of a run, and opens their folder.
func runRefs(dir rundir.Dir, given string) ([]train.ImageRef, *imageFolder, error) {
	plan, err := sample.Load(dir.Path)
	if err != nil {
		return nil, nil, err
	}
	folder, err := runImages(dir, given)
	if err != nil {
		return nil, nil, err
	}
	refs := finetune.Refs(plan)
	if err := insideFolder(refs, folder); err != nil {
		folder.Close()
		return nil, nil, err
	}
	return refs, folder, nil
}

// insideFolder refuses names that lead out of the folder; a file that is only
// missing is left to whoever opens it.
func insideFolder(refs []train.ImageRef, folder *imageFolder) error {
	for _, ref := range refs {
		if _, err := folder.Has(ref.Name); errors.Is(err, dataset.ErrLeaves) {
			return err
		}
	}
	return nil
}

// captionedImages lists the training images of a run with all their captions.
func captionedImages(dir rundir.Dir, given string) ([]train.Captioned, *imageFolder, error) {
	plan, err := sample.Load(dir.Path)
	if err != nil {
		return nil, nil, err
	}
	var out []train.Captioned
	for _, img := range plan.Images() {
		if img.Split != sample.Train {
			continue
		}
		c := train.Captioned{Name: img.FileName}
		for _, caption := range img.Captions {
			c.Captions = append(c.Captions, caption.Text())
		}
		out = append(out, c)
	}
	folder, err := runImages(dir, given)
	return out, folder, err
}

// validationTasks makes a difference task of a run's validation rows.
func validationTasks(dir rundir.Dir, given string) ([]eval.Item, *imageFolder, error) {
	files, err := filepath.Glob(dir.File("shards", sample.Validation+"-part-*.parquet"))
	if err != nil || len(files) == 0 {
		return nil, nil, fault.Input("eval", dir.Path, "sample with a --validation share above 0, then generate", "the run has no validation differences")
	}
	var items []eval.Item
	for _, path := range files {
		for row, err := range shards.ReadRows(path) {
			if err != nil {
				return nil, nil, err
			}
			items = append(items, eval.Item{
				Kind: eval.KindDifference, Task: "validation", ImageA: row.FileNameA, ImageB: row.FileNameB, Text: row.Difference,
				Reversed: row.DifferenceReversed, CaptionA: row.CaptionA, CaptionB: row.CaptionB,
			})
		}
	}
	if len(items) == 0 {
		return nil, nil, fault.Input("eval", dir.Path, "generate more pairs", "no validation difference was accepted")
	}
	folder, err := runImages(dir, given)
	return items, folder, err
}
