package experiment

import "strings"

// Label names a measure for people: the section of the table it stands in, and
// its name there.
func Label(measure string) (section, name string) {
	part := strings.Split(measure, "/")
	rest := strings.Join(part[1:], ", ")
	switch part[0] {
	case "difference":
		return differenceLabel(part)
	case "zero_shot":
		return "zero-shot", rest
	case "retrieval":
		return "retrieval R@1", strings.ReplaceAll(rest, "_", " ")
	case "delta":
		name := strings.Join(part[1:len(part)-1], ", ")
		if part[len(part)-1] == "baseline" {
			name += ", without the text"
		}
		return "delta retrieval R@1 (image b + text -> image a)", name
	case "geometry":
		return "geometry: cosine distance of a text to the difference of", part[len(part)-1] + ", " + strings.Join(part[1:len(part)-1], ", ")
	case "comparative":
		return "comparative prompting, classes involved", rest
	case "best":
		return "comparative best, worst classes", rest
	case "probe":
		return "linear probe of the image tower", rest
	}
	return "other", measure
}

func differenceLabel(part []string) (section, name string) {
	task, order, count := part[1], part[2], part[3]
	switch {
	case count == "caption_difference":
		section = "no training: caption a - caption b, by sign"
	case count == "sign":
		section = "differences, by sign"
	default:
		section = "differences, two-way"
	}
	if order == "second" {
		section += "; second image named first"
	}
	return section, task
}

// Main says whether a measure belongs to the short table.
func Main(measure string) bool {
	part := strings.Split(measure, "/")
	switch part[0] {
	case "difference":
		return part[1] != "pattern" && part[1] != "background" && part[1] != "light" && (part[3] != "caption_difference" || part[2] == "first")
	case "zero_shot", "retrieval", "delta":
		return true
	case "geometry":
		return part[len(part)-1] == "prompts" || part[1] == "free"
	case "comparative":
		return part[2] == "confused" && part[3] == "one"
	case "best":
		return true
	}
	return false
}
