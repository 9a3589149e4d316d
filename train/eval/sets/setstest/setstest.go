// Package setstest writes small public sets in their official form, for tests.
package setstest

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
)

// MATFiles are MAT-files that testdata/make_mat.py wrote with SciPy.
//
//go:embed testdata/*.mat
var MATFiles embed.FS

// CIFARNames are the fine labels of CIFAR-100, in their order.
const CIFARNames = `apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle
caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish forest fox girl
hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom oak_tree
orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea
seal shark shrew skunk skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank telephone television tiger
tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm`

// Predicates are the attributes of AwA2, in their order.
const Predicates = `black white blue brown gray orange red yellow patches spots stripes furry hairless toughskin big small bulbous lean
flippers hands hooves pads paws longleg longneck tail chewteeth meatteeth buckteeth strainteeth horns claws tusks smelly flys hops
swims tunnels walks fast slow strong weak muscle bipedal quadrapedal active inactive nocturnal hibernate agility fish meat plankton
vegetation insects forager grazer hunter scavenger skimmer stalker newworld oldworld arctic coastal desert bush plains forest fields
jungle mountains ocean ground water tree cave fierce timid smart group solitary nestspot domestic`

// writer writes files under a folder and keeps the first error.
type writer struct {
	dir  string
	err  error
	seed int
}

func (w *writer) file(name string, data []byte) {
	path := filepath.Join(w.dir, filepath.FromSlash(name))
	if w.err == nil {
		w.err = os.MkdirAll(filepath.Dir(path), 0o755)
	}
	if w.err == nil {
		w.err = os.WriteFile(path, data, 0o644)
	}
}

func (w *writer) text(name string, lines ...string) {
	w.file(name, []byte(strings.Join(lines, "\n")+"\n"))
}

// image writes a PNG of 8x8 pixels, whatever the name says; no two are equal.
func (w *writer) image(name string) {
	w.seed++
	img := image.NewNRGBA(image.Rect(0, 0, 8, 8))
	for i := range 64 {
		img.Set(i%8, i/8, color.NRGBA{uint8(w.seed * 37), uint8(w.seed >> 3 * 11), uint8(i * w.seed), 255})
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil && w.err == nil {
		w.err = err
	}
	w.file(name, out.Bytes())
}

// Write writes one small set of every kind under dir:
//
//	cifar-100-binary          100 classes, 6 training and 2 test images each
//	CUB_200_2011              6 classes, 2 training and 2 test images each, attributes and captions
//	Animals_with_Attributes2  6 classes, 4 of them test classes of 5 images
//	flowers-102               102 classes, 4 images each
//	EuroSAT_RGB               10 classes of 12 images
//	SUN397                    4 classes of 12 images, no partition
//	coco                      6 images of 5 captions, one without
//	pets                      2 classes of 3 training and 2 test images
func Write(dir string) error {
	w := &writer{dir: dir}
	w.cifar()
	w.cub()
	w.awa2()
	w.flowers()
	for _, class := range strings.Fields("AnnualCrop Forest HerbaceousVegetation Highway Industrial Pasture PermanentCrop Residential River SeaLake") {
		for i := range 12 {
			w.image(fmt.Sprintf("EuroSAT_RGB/%s/%s_%d.jpg", class, class, i+1))
		}
	}
	classes := []string{"/a/abbey", "/a/apse/indoor", "/b/bistro/indoor", "/m/mountain_snowy"}
	w.text("SUN397/ClassName.txt", classes...)
	for _, class := range classes {
		for i := range 12 {
			w.image(fmt.Sprintf("SUN397%s/sun_%d.jpg", class, i))
		}
	}
	w.coco()
	for _, class := range []string{"cat", "GoldenRetriever"} {
		for i := range 5 {
			part := []string{"train", "train", "train", "test", "test"}[i]
			w.image(fmt.Sprintf("pets/%s/%s/%d.PNG", part, class, i))
		}
	}
	return w.err
}

func (w *writer) cifar() {
	names := strings.Fields(CIFARNames)
	w.text("cifar-100-binary/fine_label_names.txt", names...)
	for file, count := range map[string]int{"train.bin": 6, "test.bin": 2} {
		var data []byte
		for i := range len(names) * count {
			data = append(data, byte(i%20), byte(i%len(names)))
			for p := range 3072 {
				data = append(data, byte(i*7+p/512*(i+3)))
			}
		}
		w.file("cifar-100-binary/"+file, data)
	}
}

func (w *writer) cub() {
	labels := []string{"Black_footed_Albatross", "Laysan_Albatross", "Chuck_will_Widow", "Brewer_Blackbird", "Black_and_white_Warbler", "Common_Yellowthroat"}
	var classes, images, ofClass, split, matrix []string
	for c, label := range labels {
		folder := fmt.Sprintf("%03d.%s", c+1, label)
		classes = append(classes, fmt.Sprintf("%d %s", c+1, folder))
		matrix = append(matrix, fmt.Sprintf("%d.5 0.0 %d.25 100", 90-81*(c%2), 5+60*(c%2)))
		for i := range 4 {
			n := len(images) + 1
			name := fmt.Sprintf("%s/%s_%04d", folder, label, n)
			images = append(images, fmt.Sprintf("%d %s.jpg", n, name))
			ofClass = append(ofClass, fmt.Sprintf("%d %d", n, c+1))
			split = append(split, fmt.Sprintf("%d %d", n, i%2))
			w.image("CUB_200_2011/images/" + name + ".jpg")
			w.text("CUB_200_2011/text_c10/"+name+".txt", fmt.Sprintf("this bird is number %d. ", n), "", fmt.Sprintf("a bird called %s", label))
		}
	}
	w.text("CUB_200_2011/classes.txt", classes...)
	w.text("CUB_200_2011/images.txt", images...)
	w.text("CUB_200_2011/image_class_labels.txt", ofClass...)
	w.text("CUB_200_2011/train_test_split.txt", split...)
	w.text("CUB_200_2011/attributes/attributes.txt", "1 has_wing_color::black", "2 has_wing_color::blue", "3 has_size::small_(5_-_9_in)", "4 has_shape::perching-like")
	w.text("CUB_200_2011/attributes/class_attribute_labels_continuous.txt", matrix...)
}

// awa2Classes have these attributes, and no others: the whale
// is big and blue, the seal small, and so on.
var awa2Classes = []struct{ name, has string }{
	{"elephant", "big gray tusks grazer"},
	{"fox", "small red furry"},
	{"blue+whale", "big blue plankton swims tail"},
	{"rat", "small furry tail fast newworld"},
	{"horse", "big furry hooves tail fast"},
	{"seal", "small flippers fish swims"},
}

func (w *writer) awa2() {
	var classes, predicates, matrix []string
	for i, name := range strings.Fields(Predicates) {
		predicates = append(predicates, fmt.Sprintf("    %d\t%s", i+1, name))
	}
	for i, c := range awa2Classes {
		classes = append(classes, fmt.Sprintf("     %d\t%s", i+1, c.name))
		var row []string
		for _, name := range strings.Fields(Predicates) {
			bit := "0"
			if strings.Contains(" "+c.has+" ", " "+name+" ") {
				bit = "1"
			}
			row = append(row, bit)
		}
		matrix = append(matrix, strings.Join(row, " "))
		for k := range 5 {
			w.image(fmt.Sprintf("Animals_with_Attributes2/JPEGImages/%s/%s_1%04d.jpg", c.name, c.name, k+1))
		}
	}
	w.text("Animals_with_Attributes2/classes.txt", classes...)
	w.text("Animals_with_Attributes2/testclasses.txt", "seal", "horse", "blue+whale", "rat")
	w.text("Animals_with_Attributes2/predicates.txt", predicates...)
	w.text("Animals_with_Attributes2/predicate-matrix-binary.txt", matrix...)
}

func (w *writer) flowers() {
	for _, name := range []string{"imagelabels.mat", "setid.mat"} {
		data, err := MATFiles.ReadFile("testdata/" + name)
		if err != nil && w.err == nil {
			w.err = err
		}
		w.file("flowers-102/"+name, data)
	}
	for i := range 102 * 4 {
		w.image(fmt.Sprintf("flowers-102/jpg/image_%05d.jpg", i+1))
	}
}

func (w *writer) coco() {
	type object = map[string]any
	var images, captions []object
	for i := range 6 {
		name := fmt.Sprintf("%012d.jpg", 700-i)
		w.image("coco/val2017/" + name)
		images = append(images, object{"id": 700 - i, "file_name": name, "width": 8, "height": 8})
		for k := range 6 {
			if i < 5 {
				captions = append(captions, object{"id": 100 - 6*i - k, "image_id": 700 - i, "caption": fmt.Sprintf("caption %d  of image %d. ", k, i)})
			}
		}
	}
	data, err := json.Marshal(object{"annotations": captions, "info": object{}, "images": images})
	if err != nil && w.err == nil {
		w.err = err
	}
	w.file("coco/annotations/captions_val2017.json", data)
}
