package sets

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// layout is how a set lies under the data root.
type layout struct {
	name    string
	title   string
	folders []string // accepted names of its folder, the official one first
	marks   []string // what must lie in the folder
	tree    string   // for people: folder and files
	read    func(folder, reader) (*Set, error)
}

// layouts are the known sets, in the order they are read and listed.
var layouts = []layout{
	{
		"cifar100", "CIFAR-100, binary version",
		[]string{"cifar-100-binary", "cifar100", "CIFAR-100"},
		[]string{"test.bin", "fine_label_names.txt"},
		"cifar-100-binary/{train.bin,test.bin,fine_label_names.txt}", readCIFAR100,
	},
	{
		"cub", "Caltech-UCSD Birds-200-2011",
		[]string{"CUB_200_2011", "cub", "CUB"},
		[]string{"images", "images.txt", "classes.txt", "image_class_labels.txt", "train_test_split.txt"},
		"CUB_200_2011/{images/,images.txt,classes.txt,image_class_labels.txt,train_test_split.txt,attributes/}; captions of Reed et al., if any: CUB_200_2011/text_c10/CLASS/IMAGE.txt",
		readCUB,
	},
	{
		"awa2", "Animals with Attributes 2",
		[]string{"Animals_with_Attributes2", "AwA2", "awa2"},
		[]string{"JPEGImages", "classes.txt", "testclasses.txt", "predicates.txt", "predicate-matrix-binary.txt"},
		"Animals_with_Attributes2/{JPEGImages/CLASS/,classes.txt,testclasses.txt,predicates.txt,predicate-matrix-binary.txt}",
		readAwA2,
	},
	{
		"flowers102", "Oxford 102 Flowers",
		[]string{"flowers-102", "flowers102", "Flowers102", "102flowers"},
		[]string{"jpg", "imagelabels.mat", "setid.mat"},
		"flowers-102/{jpg/image_00001.jpg ...,imagelabels.mat,setid.mat}", readFlowers102,
	},
	{
		"eurosat", "EuroSAT, RGB",
		[]string{"EuroSAT/2750", "EuroSAT_RGB", "2750", "eurosat/2750", "EuroSAT", "eurosat"},
		[]string{"AnnualCrop", "SeaLake"},
		"EuroSAT_RGB/CLASS/*.jpg or EuroSAT/2750/CLASS/*.jpg", readEuroSAT,
	},
	{
		"sun397", "SUN397",
		[]string{"SUN397", "sun397"},
		[]string{"ClassName.txt"},
		"SUN397/{ClassName.txt,a/abbey/*.jpg ...}; the official split, if any: SUN397/ or Partitions/ with {Training_01.txt,Testing_01.txt}",
		readSUN397,
	},
	{
		"coco", "COCO 2017 validation captions",
		[]string{"coco", "COCO", "coco2017", "."},
		[]string{"annotations/captions_val2017.json", "val2017"},
		"coco/{annotations/captions_val2017.json,val2017/*.jpg}", readCOCO,
	},
}

// Known lists the names of the known sets.
func Known() []string {
	var names []string
	for _, l := range layouts {
		names = append(names, l.name)
	}
	return names
}

// Layout is what a set needs under the data root, for people.
type Layout struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Tree  string `json:"layout"`
}

// Layouts lists what each of the named sets needs; without names, each known set.
func Layouts(names []string) []Layout {
	if len(names) == 0 {
		names = Known()
	}
	var out []Layout
	for _, name := range names {
		l := named(name)
		out = append(out, Layout{Name: l.name, Title: l.title, Tree: l.tree})
	}
	return out
}

// named gives the layout of a set: a known one, or a folder of class folders.
func named(name string) layout {
	if i := slices.IndexFunc(layouts, func(l layout) bool { return l.name == name }); i >= 0 {
		return layouts[i]
	}
	return layout{name, "a folder of class folders", []string{name}, nil, name + "/CLASS/*.jpg or " + name + "/{train,test}/CLASS/*.jpg", readFolders}
}

// find gives the set's folder under the root, or "" and why it is not there.
func (l layout) find(root *os.Root) (dir, why string, err error) {
	why = "no folder " + strings.TrimSuffix(strings.Join(l.folders, ", "), ", .")
	for _, dir := range l.folders {
		if is, err := exists(root, dir); err != nil {
			return "", "", err
		} else if !is {
			continue
		}
		lacks := ""
		for _, mark := range l.marks {
			is, err := exists(root, path.Join(dir, mark))
			if err != nil {
				return "", "", err
			}
			if !is {
				lacks = mark
				break
			}
		}
		if lacks == "" {
			return dir, "", nil
		}
		if dir != "." {
			why = fmt.Sprintf("%s/ has no %s", dir, lacks)
		}
	}
	return "", why, nil
}

// exists says whether the root has the name.
func exists(root *os.Root, name string) (bool, error) {
	_, err := root.Stat(name)
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, fs.ErrNotExist), notFolder(err):
		return false, nil
	}
	return false, explain(name, err)
}
