package sets

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/eval"
)

// splits counts the images to classify by split, and says how many of each
// class there are at least and at most.
func splits(items []eval.Item, split string) (total, least, most int) {
	count := map[string]int{}
	for _, it := range items {
		if it.Kind == eval.KindClass {
			count[it.Label] += 0
		}
		if it.Kind == eval.KindClassify && it.Split == split {
			count[it.Label]++
			total++
		}
	}
	least = total
	for _, n := range count {
		least, most = min(least, n), max(most, n)
	}
	return total, least, most
}

func TestHeldImagesAreOfEachClassAndApart(t *testing.T) {
	for _, c := range []struct {
		set                  string
		validating, training int // of each class
	}{
		{"flowers102", 1, 1}, // the official ones
		{"eurosat", 5, 5},    // half of the training images each
	} {
		s, items := one(t, shared, c.set, func(o *Options) { o.Comparative, o.Probe = true, true })
		total, least, most := splits(items, eval.SplitValidation)
		if total != c.validating*len(s.Classes) || least != c.validating || most != c.validating {
			t.Errorf("%s: %d validation images, %d to %d a class", c.set, total, least, most)
		}
		total, least, most = splits(items, eval.SplitTrain)
		if total != c.training*len(s.Classes) || least != c.training || most != c.training {
			t.Errorf("%s: %d training images, %d to %d a class", c.set, total, least, most)
		}
		seen := map[string]string{}
		for _, it := range items {
			if it.Kind != eval.KindClassify {
				continue
			}
			if old, twice := seen[it.Image]; twice {
				t.Fatalf("%s is in split %q and in %q", it.Image, old, it.Split)
			}
			seen[it.Image] = it.Split
		}
	}
}

func TestPaperCompatProbesImagesAtRandom(t *testing.T) {
	_, items := one(t, shared, "cifar100", func(o *Options) { o.PaperCompat, o.Probe = true, true })
	total, least, most := splits(items, eval.SplitTrain)
	if total != 500 || least == most {
		t.Errorf("%d training images, %d to %d a class", total, least, most)
	}
}

func TestComparisonsAreOfThePapersPairs(t *testing.T) {
	for set, want := range map[string]int{"eurosat": 6, "flowers102": 6, "cifar100": 6, "sun397": 0, "cub": 0, "awa2": 0} {
		_, items := one(t, shared, set, func(o *Options) { o.Comparative = true })
		var got []eval.Item
		for _, it := range items {
			if it.Kind == eval.KindComparison {
				got = append(got, it)
			}
		}
		if len(got) != want {
			t.Errorf("%s: %d comparisons, want %d", set, len(got), want)
		}
		for _, it := range got {
			back := slices.ContainsFunc(got, func(o eval.Item) bool { return o.ClassA == it.ClassB && o.ClassB == it.ClassA && o.Text != it.Text })
			if !back {
				t.Errorf("%s: %s is compared with %s one way only", set, it.ClassA, it.ClassB)
			}
		}
	}
}

func TestComparativeNeedsImagesToChooseOn(t *testing.T) {
	dir := own(t, "cifar-100-binary")
	if err := os.Remove(filepath.Join(dir, "cifar-100-binary", "train.bin")); err != nil {
		t.Fatal(err)
	}
	o := Default()
	o.Sets, o.Comparative = []string{"cifar100"}, true
	_, err := open(t, dir, o).Sets[0].Items()
	if fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), "needs images to choose on") {
		t.Errorf("%v", err)
	}
}

func TestDrawsAreGroups(t *testing.T) {
	_, items := one(t, shared, "awa2", func(o *Options) { o.Seed, o.Seeds, o.Pairs = 3, 2, 10 })
	count := map[string]int{}
	for _, it := range differences(items, "awa2-size") {
		count[it.Group]++
	}
	if len(count) != 2 || count["seed 3"] != 20 || count["seed 4"] != 20 {
		t.Errorf("groups %v", count)
	}
}
