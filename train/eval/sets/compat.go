package sets

// The published evaluation, rebuilt by Options.PaperCompat beside the correct
// one. What differs:
//
//	what                     published                          correct
//	Flowers102 colour        class indices {2, 7} as blue and   classes of the label list, by
//	                         {4, 6, 10, 19} as yellow: mostly   name (groups/flowers102-colour)
//	                         neither
//	AwA2 attribute filter    attribute numbers, which count     a list of visual attributes,
//	                         from 1, used as indices from 0:    by name (attributes/awa2)
//	                         other attributes are dropped
//	AwA2 size                index 15, which is small, taken    attributes big and small, by
//	                         for big: texts are reversed        name
//	AwA2 class attributes    row i of the matrix for the i-th   the row of the class, by name
//	                         test class: other animals' rows
//	labels in prompts        as the files write them            readable names
//	EuroSAT, SUN397 splits   a tenth of all images              a tenth of each class; SUN397's
//	                                                            official split
//	pairs                    100 images at random, all pairs,   as many images of each class,
//	                         the first image named first        both orders of mention
//	linear probe             classes x 5 images at random       5 images of each class
//
// The published difference task on CUB has texts of an LLM: it is scored with a
// run's rows (pcclip eval --run), not from the set.

// paperTemplate is the published prompt; the class label follows it.
const paperTemplate = "This is a photo of a {}"

// Published texts of the two-way tasks, for a first image of the first group
// and of the second; one has a typing error.
var (
	paperAnimalSize = [2]string{
		"The first image contains a larger animal, whiel the second contains a smaller animal.",
		"The first image contains a smaller animal, while the second contains a larger animal.",
	}
	paperFlowerColour = [2]string{
		"The first flower is blue, while the second is yellow.",
		"The first flower is yellow, while the second is blue.",
	}
	paperAwA2Size = [2]string{
		"The first image contains an animal that is large, while the second image contains an animal that is small.",
		"The first image contains an animal is small, while the second image contains an animal that is large.",
	}
)

// paperList is the published text of attribute lists.
const paperList = "The first image has attributes of {x}, while the second image has attributes of {y}"

// Published class indices of the colour task.
var (
	paperBlue   = []int{2, 7}
	paperYellow = []int{4, 6, 10, 19}
)

// paperBig is the attribute index taken for big.
const paperBig = 15

// paperDropped are the attribute indices that the published filter drops.
var paperDropped = []int{34, 38, 40, 41, 51, 52, 53, 54, 56, 57, 58, 59, 60, 61, 62, 83}

// paperPredicates gives the attributes that the published lists tell, as the set
// writes them.
func paperPredicates(names []string) map[string]string {
	out := map[string]string{}
	for _, name := range names {
		out[name] = name
	}
	for _, i := range paperDropped {
		if i < len(names) {
			delete(out, names[i])
		}
	}
	return out
}
