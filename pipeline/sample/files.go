package sample

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

const (
	version   = "plan/v1"
	splitRule = "an image is in validation where unit(hash(seed, \"split/\"+image id)) < validation_share; a pair lives in a split with both of its images"

	planFile   = "plan.json"
	imagesFile = "images.parquet"
)

// header is plan.json. With images.parquet it decides every pair: pair k of a
// split is the k-th value of the keyed permutation over the ordered pairs of
// its images, sorted by id.
type header struct {
	Version              string           `json:"version"`
	Seed                 int64            `json:"seed"`
	Source               string           `json:"source"`
	Captions             string           `json:"captions"` // the file's name
	CaptionsSHA256       string           `json:"captions_sha256"`
	Format               string           `json:"format"`
	ImagesWithCaptions   int              `json:"images_with_captions"` // in the file
	ImagesLimit          int              `json:"images_limit"`
	Images               int              `json:"images"` // chosen
	ImagesBySplit        map[string]int   `json:"images_by_split"`
	ValidationShare      float64          `json:"validation_share"`
	SplitRule            string           `json:"split_rule"`
	PairsAsked           int64            `json:"pairs_asked"`
	Space                map[string]int64 `json:"index_space"` // ordered pairs there are
	Pairs                map[string]int64 `json:"pairs"`       // ordered pairs planned
	BlockSize            int64            `json:"block_size"`
	UnknownImageCaptions int              `json:"captions_of_unknown_images"`
	MissingImages        int              `json:"images_passed_over_without_file,omitempty"`
	ImagesSHA256         string           `json:"images_parquet_sha256"`
}

// Summary is what sample says of a plan.
type Summary struct {
	header
	Short int64 `json:"short_of_asked"` // pairs that the images do not allow
}

// Summary describes the plan.
func (p *Plan) Summary() Summary {
	return Summary{header: p.head, Short: p.head.PairsAsked - p.head.Pairs[Train] - p.head.Pairs[Validation]}
}

// Write puts images.parquet and plan.json into a run folder, plan.json last. A
// folder with the same plan is left alone; one with another is refused with
// what differs.
func (p *Plan) Write(dir string) error {
	old, err := readHeader(dir)
	if err == nil {
		return p.compare(old, dir)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	info, err := shards.WriteTable(filepath.Join(dir, imagesFile), p.images, map[string]string{"pcclip.version": version})
	if err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	p.head.ImagesSHA256 = info.SHA256
	b, err := json.MarshalIndent(p.head, "", "  ")
	if err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	return shards.WriteFile(filepath.Join(dir, planFile), append(b, '\n'))
}

// compare refuses a plan other than the one in the folder, and says what was
// asked otherwise; the rest of the header follows from that.
func (p *Plan) compare(old header, dir string) error {
	var changed []string
	for _, f := range []struct {
		name      string
		was, want any
	}{
		{"captions file", short(old.CaptionsSHA256), short(p.head.CaptionsSHA256)},
		{"format", old.Format, p.head.Format},
		{"images_limit", old.ImagesLimit, p.head.ImagesLimit},
		{"images without file", old.MissingImages, p.head.MissingImages},
		{"pairs", old.PairsAsked, p.head.PairsAsked},
		{"seed", old.Seed, p.head.Seed},
		{"validation", old.ValidationShare, p.head.ValidationShare},
		{"block", old.BlockSize, p.head.BlockSize},
	} {
		if f.was != f.want {
			changed = append(changed, fmt.Sprintf("%s was %v, now %v", f.name, f.was, f.want))
		}
	}
	if len(changed) > 0 {
		return fault.Input("sample", dir, "take another --run, or give the same values", "the folder holds another plan: %s", strings.Join(changed, ", "))
	}
	p.head = old
	return nil
}

func short(digest string) string { return digest[:min(12, len(digest))] }

func readHeader(dir string) (header, error) {
	var h header
	path := filepath.Join(dir, planFile)
	b, err := os.ReadFile(path)
	if err != nil {
		return h, fmt.Errorf("read plan: %w", err)
	}
	if err := json.Unmarshal(b, &h); err != nil || h.Version != version {
		return h, fault.Input("read plan", path, "restore the file, or sample into another --run", "it is not a %s", version)
	}
	return h, nil
}

// Load reads the plan of a run folder, and checks that its images are the ones
// it was made with.
func Load(dir string) (*Plan, error) {
	h, err := readHeader(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Input("read plan", dir, "make one with: pcclip sample --captions FILE --run "+dir, "the folder holds no plan")
	}
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, imagesFile)
	sum, err := shards.SHA256(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Input("read plan", path, "restore the file, or sample into another --run", "the file is gone")
	}
	if err != nil {
		return nil, fmt.Errorf("read plan: %w", err)
	}
	if sum != h.ImagesSHA256 {
		return nil, fault.Input("read plan", path, "restore the file, or sample into another --run", "it is not the file that the plan was made with")
	}
	p := &Plan{head: h}
	for img, err := range shards.ReadTable[Image](path) {
		if err != nil {
			return nil, fmt.Errorf("read plan: %w", err)
		}
		p.images = append(p.images, img)
	}
	if err := p.consistent(); err != nil {
		return nil, fault.Input("read plan", filepath.Join(dir, planFile), "restore the file, or sample into another --run", "%w", err)
	}
	p.arrange()
	return p, nil
}

// consistent says whether the header fits the images: a plan edited by hand
// must not send a run out of its index space.
func (p *Plan) consistent() error {
	images := map[string]int{}
	for _, img := range p.images {
		images[img.Split]++
	}
	for _, split := range []string{Train, Validation} {
		if n := p.head.Pairs[split]; n < 0 || n > space(images[split]) {
			return fmt.Errorf("it plans %d pairs of the %d %s images, which allow %d", n, images[split], split, space(images[split]))
		}
	}
	if p.head.BlockSize < 1 {
		return fmt.Errorf("its block_size is %d", p.head.BlockSize)
	}
	return nil
}
