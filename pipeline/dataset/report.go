package dataset

// Dirt counts one kind of thing worth knowing, with the first example.
type Dirt struct {
	Count   int    `json:"count"`
	Example string `json:"example,omitempty"`
}

func (d *Dirt) add(example string) {
	if d.Count == 0 {
		d.Example = example
	}
	d.Count++
}

// Report is what a captions file holds.
type Report struct {
	Format                 Format            `json:"format"`
	Images                 int               `json:"images"`   // distinct ids
	Captions               int               `json:"captions"` // all, of known images or not
	CaptionsPerImage       PerImage          `json:"captions_per_image"`
	ImagesWithoutCaption   Dirt              `json:"images_without_caption"`
	CaptionsWithoutImage   Dirt              `json:"captions_without_image"`
	DuplicateImageIDs      Dirt              `json:"duplicate_image_ids"`
	DuplicateCaptionIDs    Dirt              `json:"duplicate_caption_ids"`
	EmptyCaptions          Dirt              `json:"empty_captions"`
	LeadingOrTrailingSpace Dirt              `json:"leading_or_trailing_space"`
	Newlines               Dirt              `json:"newlines"`
	DoubleSpaces           Dirt              `json:"double_spaces"`
	NonASCII               Dirt              `json:"non_ascii"`
	Undecodable            Dirt              `json:"undecodable"`             // with U+FFFD, which stands for bytes that are no UTF-8
	Licenses               map[string]int    `json:"licenses"`                // images by licence; "" is unknown
	LicenseNames           map[string]string `json:"license_names,omitempty"` // what the file says the ids of Licenses mean
	Splits                 map[string]int    `json:"splits,omitempty"`
	Files                  *Files            `json:"files,omitempty"`
}

// PerImage are the numbers of captions of images that have some.
type PerImage struct {
	Min       int         `json:"min"`
	Mean      float64     `json:"mean"`
	Max       int         `json:"max"`
	Histogram map[int]int `json:"histogram"` // images by number of captions, 0 included
}

// Files says which images are in the folder.
type Files struct {
	Present int  `json:"present"`
	Missing Dirt `json:"missing"`
	// MissingExamples are the first few of the missing, in the file's order.
	MissingExamples []string `json:"missing_examples,omitempty"`
	Unsafe          Dirt     `json:"unsafe"` // names that lead out of the folder
}
