package release

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"github.com/pcclip/pcclip/shards"
)

// object is a JSON object; its keys are written in order of their names.
type object = map[string]any

// croissant describes the release for machines, in Croissant 1.1.
func (w *freezer) croissant() error {
	v, err := w.view()
	if err != nil {
		return err
	}
	doc := v.croissantHead()
	doc["distribution"], doc["recordSet"] = v.distribution(w.f.files), v.recordSets()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(doc); err != nil {
		return fmt.Errorf("write %s: %w", croissantFile, err)
	}
	return w.f.put(croissantFile, shards.KindText, b.Bytes())
}

func (v *view) croissantHead() object {
	r := v.Release
	url := r.URL
	if url == "" {
		url = "https://example.org/" + r.Name // the format demands one
	}
	doc := object{
		"@context": croissantContext, "@type": "sc:Dataset", "conformsTo": "http://mlcommons.org/croissant/1.1",
		"name": r.Name, "version": r.Version, "url": url, "inLanguage": "en", "license": licenseURL(r.License),
		"description":                      "Differences between captioned images, written by a model from " + v.shown() + ". The difference describes image a relative to image b.",
		"creator":                          object{"@type": "sc:Organization", "name": r.Author},
		"keywords":                         []string{"synthetic", "image differences", "captions", "CLIP"},
		"citeAs":                           fmt.Sprintf("@misc{%s, title={%s}, author={%s}, version={%s}}", r.Name, r.Name, bibText(r.Author), r.Version),
		"rai:dataCollection":               "Captions of a public dataset were paired by seed; a language model was asked for the difference of each pair.",
		"rai:dataCollectionType":           []string{"Derived from existing datasets", "Synthetic"},
		"rai:dataAnnotationProtocol":       "Prompt " + v.Run.PromptID + ", SHA-256 " + v.Run.PromptSHA256 + "; rules " + v.Run.Rules + v.judgedBy() + ".",
		"rai:machineAnnotationTools":       v.tools(),
		"rai:dataPreprocessingProtocol":    []string{fmt.Sprintf("%d of %d answers were rejected by the rules.", v.Totals.Rejected, v.Totals.Accepted+v.Totals.Rejected)},
		"rai:dataBiases":                   "Captions are people's guesses, with their biases; the model repeats and adds its own.",
		"rai:dataLimitations":              "What no caption mentions is in no difference. English only.",
		"rai:personalSensitiveInformation": "Captions describe people in photographs; no names are asked for.",
		"rai:dataSocialImpact":             "A model trained on these texts may repeat what captions and model assume of people, of gender and origin too.",
		"rai:dataReleaseMaintenancePlan":   "Versions are numbered by what changes: see CHANGELOG.md. A version that is out stays as it is, under the hashes of SHA256SUMS.",
		"rai:dataUseCases":                 "Training and testing text encoders on differences between images.",
		"prov:wasDerivedFrom":              object{"@type": "prov:Entity", "sc:name": v.Plan.Captions, "sc:identifier": "sha256:" + v.Run.SourceSHA256},
		"prov:wasAttributedTo":             object{"@type": "prov:Agent", "sc:name": r.Author},
		"prov:wasGeneratedBy":              object{"@type": "prov:Activity", "sc:name": v.Tool.Name + " " + v.Tool.Version},
	}
	if r.Date != "" {
		doc["datePublished"] = r.Date
	}
	return doc
}

// tools names the models that wrote and judged.
func (v *view) tools() []string {
	all := []string{v.Run.ModelRequested}
	if j := v.Release.Judge; j != nil {
		all = append(all, j.ModelRequested)
	}
	return all
}

// judgedBy says who judged beside the rules, "" for nobody.
func (v *view) judgedBy() string {
	j := v.Release.Judge
	if j == nil {
		return ""
	}
	return "; judged by " + j.ModelRequested + " with prompt " + j.PromptID + ", SHA-256 " + j.PromptSHA256
}

// distribution lists every file with its hash, and the tables of a config as
// one set.
func (v *view) distribution(files []shards.File) []object {
	var out []object
	for _, f := range files {
		encoding := "text/plain"
		switch path.Ext(f.Path) {
		case ".parquet":
			encoding = "application/x-parquet"
		case ".json":
			encoding = "application/json"
		}
		out = append(out, object{
			"@type": "cr:FileObject", "@id": fileID(f.Path), "name": f.Path, "contentUrl": f.Path,
			"contentSize": fmt.Sprintf("%d B", f.Bytes), "encodingFormat": encoding, "sha256": f.SHA256,
		})
	}
	for _, c := range v.Configs {
		// Of the folder itself: mlcroissant reads no table of a set within file objects.
		out = append(out, object{
			"@type": "cr:FileSet", "@id": c.Name + "-files", "name": c.Name + "-files",
			"encodingFormat": "application/x-parquet", "includes": c.Glob,
		})
	}
	return out
}

func (v *view) recordSets() []object {
	var out []object
	for _, c := range v.Configs {
		set := "record_set_" + c.Name
		var fields []object
		for _, col := range c.Columns {
			fields = append(fields, object{
				"@type": "cr:Field", "@id": set + "/" + col.Name, "name": col.Name, "dataType": dataType(col.Type),
				"source": object{"fileSet": object{"@id": c.Name + "-files"}, "extract": object{"column": col.Name}},
			})
		}
		out = append(out, object{"@type": "cr:RecordSet", "@id": set, "name": set, "key": object{"@id": set + "/" + c.Columns[0].Name}, "field": fields})
	}
	return out
}

func dataType(dtype string) string {
	switch dtype {
	case "string":
		return "sc:Text"
	case "int32":
		return "cr:Int32"
	case "int64":
		return "cr:Int64"
	}
	return "sc:Float"
}

// fileID makes a path an id: ids are no paths, and have no spaces.
func fileID(slash string) string { return strings.ReplaceAll(slash, "/", "_") }

func bibText(s string) string { return strings.NewReplacer("{", "", "}", "").Replace(s) }

// licenseURL gives the address of a licence's text, where its identifier tells.
func licenseURL(id string) string {
	switch {
	case id == "other", id == "unknown":
		return "LICENSE"
	case id == "cc0-1.0":
		return "https://creativecommons.org/publicdomain/zero/1.0/"
	case strings.HasPrefix(id, "cc-"):
		parts := strings.Split(strings.TrimPrefix(id, "cc-"), "-")
		n := len(parts) - 1
		return "https://creativecommons.org/licenses/" + strings.Join(parts[:n], "-") + "/" + parts[n] + "/"
	}
	return "https://spdx.org/licenses/" + id
}
