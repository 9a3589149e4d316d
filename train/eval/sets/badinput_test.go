package sets

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/eval/sets/setstest"
)

func TestBadSetsAreToldInOneLine(t *testing.T) {
	type edit func(old string) string
	replace := func(from, to string) edit {
		return func(old string) string {
			if !strings.Contains(old, from) {
				panic("nothing to replace: " + from)
			}
			return strings.Replace(old, from, to, 1)
		}
	}
	to := func(s string) edit { return func(string) string { return s } }
	for name, c := range map[string]struct {
		set, folder, file string
		edit              edit
		want              string
	}{
		"CIFAR cut short":               {"cifar100", "cifar-100-binary", "test.bin", func(s string) string { return s[:len(s)-1] }, "truncated: record 199 has 3073 of 3074 bytes"},
		"CIFAR empty":                   {"cifar100", "cifar-100-binary", "train.bin", to(""), "empty"},
		"CIFAR label too large":         {"cifar100", "cifar-100-binary", "test.bin", func(s string) string { return s[:3075] + "\xff" + s[3076:] }, "record 1 has label 255, outside 0 to 99"},
		"CIFAR names too few":           {"cifar100", "cifar-100-binary", "fine_label_names.txt", replace("worm\n", ""), "record 99 has label 99, outside 0 to 98"},
		"CIFAR one name twice":          {"cifar100", "cifar-100-binary", "fine_label_names.txt", replace("worm\n", "wolf\n"), "two classes are called wolf"},
		"CIFAR without camels":          {"cifar100", "cifar-100-binary", "fine_label_names.txt", replace("camel", "dromedary"), `cifar100 has no class "camel"`},
		"CUB class too large":           {"cub", "CUB_200_2011", "image_class_labels.txt", replace("3 1\n", "3 7\n"), `line 3 has "7", outside 1 to 6`},
		"CUB split of another kind":     {"cub", "CUB_200_2011", "train_test_split.txt", replace("2 1\n", "2 2\n"), "outside 0 to 1"},
		"CUB numbers out of order":      {"cub", "CUB_200_2011", "images.txt", replace("2 0", "4 0"), `line 2 is numbered "4"`},
		"CUB lines too few":             {"cub", "CUB_200_2011", "train_test_split.txt", replace("24 1\n", ""), "23 lines for 24 images"},
		"CUB names that leave":          {"cub", "CUB_200_2011", "images.txt", replace("2 001.", "2 ../../../../001."), "leaves the data root"},
		"CUB attributes too many":       {"cub", "CUB_200_2011", "attributes/class_attribute_labels_continuous.txt", replace("100\n", "100 1\n"), "line 1 has 5 numbers for 4 attributes"},
		"CUB attributes not numbers":    {"cub", "CUB_200_2011", "attributes/class_attribute_labels_continuous.txt", replace("100\n", "NaN\n"), `line 1 has "NaN"`},
		"AwA2 unknown test class":       {"awa2", "Animals_with_Attributes2", "testclasses.txt", replace("horse", "unicorn"), `class "unicorn" is not in classes.txt`},
		"AwA2 matrix cut short":         {"awa2", "Animals_with_Attributes2", "predicate-matrix-binary.txt", to("0 1\n"), "1 lines for 6 classes"},
		"AwA2 one class":                {"awa2", "Animals_with_Attributes2", "testclasses.txt", to("horse\n"), "1 classes, at least 2"},
		"Flowers label too large":       {"flowers102", "flowers-102", "imagelabels.mat", to(string(matFile(t, "setid.mat"))), "no numeric variable labels"},
		"Flowers split of other images": {"flowers102", "flowers-102", "setid.mat", to(string(matFile(t, "kinds.mat"))), "no numeric variable trnid"},
		"Flowers malformed":             {"flowers102", "flowers-102", "imagelabels.mat", func(s string) string { return s[:len(s)-9] }, "malformed MAT-file"},
		"SUN class without path":        {"sun397", "SUN397", "ClassName.txt", replace("/a/abbey", "abbey"), "line 1 is no class like /a/abbey"},
		"SUN class without folder":      {"sun397", "SUN397", "ClassName.txt", replace("/a/abbey", "/z/zoo"), "SUN397/z/zoo: no such file"},
		"SUN class that leaves":         {"sun397", "SUN397", "ClassName.txt", replace("/a/abbey", "/a/../../.."), "leaves the data root"},
		"COCO not JSON":                 {"coco", "coco", "annotations/captions_val2017.json", to("{"), "unexpected EOF"},
		"COCO caption of no image":      {"coco", "coco", "annotations/captions_val2017.json", replace(`"image_id":700`, `"image_id":1`), "is of image 1, which is not in the file"},
		"COCO image twice":              {"coco", "coco", "annotations/captions_val2017.json", replace(`"id":699`, `"id":700`), "two images have the id 700"},
		"COCO without captions":         {"coco", "coco", "annotations/captions_val2017.json", to(`{"images":[{"id":1,"file_name":"a.jpg"}]}`), "the set has no image"},
		"COCO name that leaves":         {"coco", "coco", "annotations/captions_val2017.json", replace("000000000699.jpg", "../../../x.jpg"), "leaves the data root"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := own(t, c.folder)
			path := filepath.Join(dir, c.folder, filepath.FromSlash(c.file))
			old, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(c.edit(string(old))), 0o644); err != nil {
				t.Fatal(err)
			}
			o := Default()
			o.Sets = []string{c.set}
			d, err := Open(dir, o)
			if err == nil {
				defer d.Close()
				_, err = d.Sets[0].Items()
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || fault.ExitCode(err) != fault.Usage || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, exit code %d; want %q", err, fault.ExitCode(err), c.want)
			}
		})
	}
}

func TestAClassWithoutImageIsNamed(t *testing.T) {
	dir := own(t, "EuroSAT_RGB", "pets")
	for _, c := range []struct{ set, remove, want string }{
		{"eurosat", "EuroSAT_RGB/River/*", "EuroSAT_RGB/River: class without image"},
		{"pets", "pets/test/cat/*", "pets/test/cat: class without image"},
	} {
		files, err := filepath.Glob(filepath.Join(dir, c.remove))
		if err != nil || len(files) == 0 {
			t.Fatal(err, files)
		}
		for _, f := range files {
			if err := os.Remove(f); err != nil {
				t.Fatal(err)
			}
		}
		_, err = Open(dir, Options{Sets: []string{c.set}, Seeds: 1})
		if err == nil || !strings.Contains(err.Error(), c.want) || fault.ExitCode(err) != fault.Usage {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}

func TestATrainingClassThatIsNotTestedIsNamed(t *testing.T) {
	dir := own(t, "pets")
	if err := os.Mkdir(filepath.Join(dir, "pets", "train", "dodo"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := Open(dir, Options{Sets: []string{"pets"}, Seeds: 1})
	if err == nil || !strings.Contains(err.Error(), "pets/train/dodo: no such class in test") || fault.ExitCode(err) != fault.Usage {
		t.Errorf("%v", err)
	}
}

func TestBadOptions(t *testing.T) {
	empty := t.TempDir()
	for name, c := range map[string]struct {
		change func(*Options)
		want   string
	}{
		"no seed":        {func(o *Options) { o.Seeds = 0 }, "seeds is 0"},
		"negative pairs": {func(o *Options) { o.Pairs = -1 }, "pairs is -1"},
		"negative limit": {func(o *Options) { o.Limit = -1 }, "limit is -1"},
		"a set outside":  {func(o *Options) { o.Sets = []string{"../x"} }, "leaves the data root"},
		"no such files":  {func(o *Options) { o.Files = filepath.Join(empty, "none") }, "no such"},
	} {
		o := Default()
		o.Sets = []string{"eurosat"}
		c.change(&o)
		_, err := Open(shared, o)
		if err == nil || !strings.Contains(err.Error(), c.want) || fault.ExitCode(err) != fault.Usage {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if _, err := Open(filepath.Join(empty, "none"), Default()); fault.ExitCode(err) != fault.Usage {
		t.Errorf("no data root: %v", err)
	}
}

func TestBadFilesOfTheUser(t *testing.T) {
	for name, c := range map[string]struct{ set, file, text, want string }{
		"name missing":       {"eurosat", "classes/eurosat.txt", "AnnualCrop", "line 1 (blank ones not counted) has 1 fields"},
		"empty name":         {"eurosat", "classes/eurosat.txt", "AnnualCrop\t \tx", "empty field"},
		"same name twice":    {"eurosat", "classes/eurosat.txt", "AnnualCrop\tland\nForest\tland", "two classes are called land"},
		"template of no use": {"eurosat", "templates/eurosat.txt", "a photo", `no {} in "a photo"`},
		"a word too many":    {"cifar100", "groups/cifar100-size.txt", "large\twolf\nsmall\tshrew\nmiddle\tfox", "3 words, not two"},
		"no second":          {"cifar100", "differences/cifar100-size.txt", "first\t{x} {y}\ncaption\t{x}", "first, second and caption are needed"},
		"no place for b":     {"cifar100", "differences/cifar100-size.txt", "first\t{x}", "no {y} in"},
		"other word":         {"cifar100", "differences/cifar100-size.txt", "third\t{x} {y}", `unknown word "third"`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, filepath.FromSlash(c.file))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(c.text), 0o644); err != nil {
				t.Fatal(err)
			}
			o := Default()
			o.Sets, o.Files = []string{c.set}, dir
			d, err := Open(shared, o)
			if err == nil {
				defer d.Close()
				_, err = d.Sets[0].Items()
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || fault.ExitCode(err) != fault.Usage {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func FuzzCIFAR(f *testing.F) {
	record := append([]byte{1, 2}, make([]byte, 3072)...)
	f.Add(record, 3)
	f.Add(append(record, record...), 2)
	f.Add([]byte{}, 100)
	f.Fuzz(func(t *testing.T, data []byte, classes int) {
		labels, err := parseCIFAR(bytes.NewReader(data), classes)
		if err != nil {
			return
		}
		if len(labels)*cifarRecord != len(data) || len(data) == 0 {
			t.Fatalf("%d labels of %d bytes", len(labels), len(data))
		}
		for _, l := range labels {
			if l < 0 || l >= classes {
				t.Fatalf("label %d of %d classes", l, classes)
			}
		}
	})
}

func FuzzCaptions(f *testing.F) {
	if data, err := os.ReadFile(filepath.Join(shared, "coco/annotations/captions_val2017.json")); err == nil {
		f.Add(data)
	}
	f.Add([]byte(`{"images":[{"id":1,"file_name":"a"}],"annotations":[{"id":1,"image_id":1,"caption":"x"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		images, err := parseCaptions(data)
		if err != nil {
			return
		}
		for _, img := range images {
			if img.Name == "" || len(img.Captions) == 0 || len(img.Captions) > captionsPerImage {
				t.Fatalf("%+v", img)
			}
		}
	})
}

func FuzzTextFiles(f *testing.F) {
	f.Add([]byte("1 001.Black_footed_Albatross\n2 002.Laysan_Albatross\n"))
	f.Add([]byte("\xef\xbb\xbf     1\tblack\r\n     2\twhite\r\n"))
	f.Add([]byte("# a\nlarge\twolf\n"))
	f.Add([]byte("0 1 100\n1 0 5.25"))
	f.Add([]byte(setstest.Predicates))
	f.Fuzz(func(t *testing.T, data []byte) {
		all := lines(data)
		if values, err := numbered(all); err == nil && len(values) != len(all) {
			t.Fatalf("%d values of %d lines", len(values), len(all))
		}
		if rows, err := parseMatrix(all, 2, 3); err == nil && (len(rows) != 2 || len(rows[1]) != 3) {
			t.Fatalf("%v", rows)
		}
		if rows, err := parseTable(data, 1, 3); err == nil {
			for _, row := range rows {
				if len(row) < 1 || len(row) > 3 || row[0] == "" {
					t.Fatalf("%q", row)
				}
			}
		}
		for _, line := range all {
			readable(line)
			binaryRecord(line)
		}
	})
}
