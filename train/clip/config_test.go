package clip

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pcclip/pcclip/shards/fault"
)

func TestNamedEqualsOpenCLIP(t *testing.T) {
	for _, name := range append(Names(), "ViT-B-32-quickgelu") {
		want, err := ReadConfig("testdata/openclip-" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		got, err := Named(name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if _, err := Named("ViT-L-15"); err == nil || !strings.Contains(err.Error(), "ViT-L-14") {
		t.Errorf("unknown name: %v", err)
	}
}

func TestReadHuggingFace(t *testing.T) {
	want, err := Named("ViT-L-14")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"testdata/hf", "testdata/hf/config.json"} {
		got, err := ReadConfig(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

func small() Config {
	return Config{
		EmbedDim: 24, QuickGELU: true,
		Vision:     Vision{ImageSize: 32, PatchSize: 8, Width: 48, Layers: 2, HeadWidth: 12, MLPRatio: 2.6667},
		Text:       Text{Context: 16, Vocab: 100, Width: 32, Heads: 4, Layers: 2, MLPRatio: 2},
		Preprocess: Preprocess{Mean: [3]float64{0.5, 0.25, 0.1}, Std: [3]float64{0.5, 1, 2}, Interpolation: "bicubic", ResizeMode: "squash"},
	}
}

func TestWriteAndReadBack(t *testing.T) {
	configs := []Config{small()}
	for _, name := range Names() {
		c, err := Named(name)
		if err != nil {
			t.Fatal(err)
		}
		configs = append(configs, c)
	}
	for _, c := range configs {
		dir := t.TempDir()
		path := filepath.Join(dir, OpenCLIPConfig)
		var before []byte
		for range 2 {
			if err := WriteConfig(path, c); err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if before != nil && !bytes.Equal(before, data) {
				t.Error("two writes differ")
			}
			before = data
		}
		got, err := ReadConfig(dir)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c, got); diff != "" {
			t.Error(diff)
		}
		hf := t.TempDir()
		if err := WriteHFConfig(hf, c); err != nil {
			t.Fatal(err)
		}
		if got, err = ReadConfig(hf); err != nil {
			t.Fatal(err)
		}
		if got.Vision.Hidden() != c.Vision.Hidden() || got.Text.Hidden() != c.Text.Hidden() {
			t.Errorf("hidden channels %d and %d became %d and %d", c.Vision.Hidden(), c.Text.Hidden(), got.Vision.Hidden(), got.Text.Hidden())
		}
		got.Vision.MLPRatio, got.Text.MLPRatio = c.Vision.MLPRatio, c.Text.MLPRatio
		if diff := cmp.Diff(c, got); diff != "" {
			t.Error(diff)
		}
	}
}

// edit sets a dotted key of a JSON document to a JSON value.
func edit(t *testing.T, doc, key, value string) string {
	t.Helper()
	var root map[string]any
	if err := json.Unmarshal([]byte(doc), &root); err != nil {
		t.Fatal(err)
	}
	at := root
	parts := strings.Split(key, ".")
	for _, p := range parts[:len(parts)-1] {
		next, ok := at[p].(map[string]any)
		if !ok {
			next = map[string]any{}
			at[p] = next
		}
		at = next
	}
	at[parts[len(parts)-1]] = json.RawMessage(value)
	out, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

const (
	openCLIPDoc = `{"model_cfg":{"embed_dim":512,"vision_cfg":{"image_size":224,"layers":12,"width":768,"patch_size":32},
		"text_cfg":{"context_length":77,"vocab_size":49408,"width":512,"heads":8,"layers":12}},
		"preprocess_cfg":{"mean":[0.48145466,0.4578275,0.40821073],"std":[0.26862954,0.26130258,0.27577711]}}`
	hfDoc = `{"model_type":"clip","projection_dim":512,"text_config":{},"vision_config":{}}`
)

func read(t *testing.T, doc string) (Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(path, []byte(doc), 0o644); err != nil {
		t.Fatal(err)
	}
	return ReadConfig(path)
}

func TestRefusedByName(t *testing.T) {
	for _, c := range []struct{ doc, key, value, want string }{
		{openCLIPDoc, "model_cfg.custom_text", "true", "custom_text"},
		{openCLIPDoc, "model_cfg.init_logit_bias", "-10", "init_logit_bias"},
		{openCLIPDoc, "model_cfg.multimodal_cfg", "{}", "multimodal_cfg"},
		{openCLIPDoc, "model_cfg.nonscalar_logit_scale", "true", "nonscalar_logit_scale"},
		{openCLIPDoc, "model_cfg.surprise", "1", "surprise"},
		{openCLIPDoc, "model_cfg.embed_dim", "null", "embed_dim"},
		{openCLIPDoc, "model_cfg.embed_dim", `"512"`, "embed_dim"},
		{openCLIPDoc, "model_cfg.embed_dim", "512.5", "embed_dim"},
		{openCLIPDoc, "model_cfg.embed_dim", "99999999", "embed_dim"},
		{openCLIPDoc, "model_cfg.text_cfg", "null", "text_cfg"},
		{openCLIPDoc, "model_cfg.vision_cfg", "[1]", "vision_cfg"},
		{openCLIPDoc, "model_cfg.vision_cfg.timm_model_name", `"vit_base"`, "timm_model_name"},
		{openCLIPDoc, "model_cfg.vision_cfg.layers", "[3,4,6,3]", "ResNet"},
		{openCLIPDoc, "model_cfg.vision_cfg.pool_type", `"avg"`, "pool_type"},
		{openCLIPDoc, "model_cfg.vision_cfg.attentional_pool", "true", "attentional_pool"},
		{openCLIPDoc, "model_cfg.vision_cfg.no_ln_pre", "true", "no_ln_pre"},
		{openCLIPDoc, "model_cfg.vision_cfg.pos_embed_type", `"sin_cos_2d"`, "pos_embed_type"},
		{openCLIPDoc, "model_cfg.vision_cfg.ls_init_value", "0.1", "ls_init_value"},
		{openCLIPDoc, "model_cfg.vision_cfg.norm_kwargs", `{"eps":1e-6}`, "norm_kwargs"},
		{openCLIPDoc, "model_cfg.vision_cfg.image_size", "[224,196]", "square"},
		{openCLIPDoc, "model_cfg.vision_cfg.patch_size", "225", "patch_size"},
		{openCLIPDoc, "model_cfg.vision_cfg.head_width", "80", "head_width"},
		{openCLIPDoc, "model_cfg.vision_cfg.mlp_ratio", "0", "mlp_ratio"},
		{openCLIPDoc, "model_cfg.vision_cfg.width", "-768", "width"},
		{openCLIPDoc, "model_cfg.text_cfg.hf_tokenizer_name", `"xlm-roberta-base"`, "hf_tokenizer_name"},
		{openCLIPDoc, "model_cfg.text_cfg.hf_model_name", `"xlm-roberta-base"`, "hf_model_name"},
		{openCLIPDoc, "model_cfg.text_cfg.tokenizer_kwargs", `{"clean":"canonicalize"}`, "canonicalize"},
		{openCLIPDoc, "model_cfg.text_cfg.pool_type", `"last"`, "pool_type"},
		{openCLIPDoc, "model_cfg.text_cfg.no_causal_mask", "true", "no_causal_mask"},
		{openCLIPDoc, "model_cfg.text_cfg.proj_bias", "true", "proj_bias"},
		{openCLIPDoc, "model_cfg.text_cfg.act_kwargs", `{"approximate":"tanh"}`, "act_kwargs"},
		{openCLIPDoc, "model_cfg.text_cfg.heads", "7", "heads"},
		{openCLIPDoc, "preprocess_cfg.resize_mode", `"longest"`, "resize_mode"},
		{openCLIPDoc, "preprocess_cfg.interpolation", `"bilinear"`, "interpolation"},
		{openCLIPDoc, "preprocess_cfg.mode", `"L"`, "mode"},
		{openCLIPDoc, "preprocess_cfg.mean", "[0,0]", "mean"},
		{openCLIPDoc, "preprocess_cfg.std", "0", "std"},
		{hfDoc, "model_type", `"siglip"`, "siglip"},
		{hfDoc, "text_config.hidden_act", `"gelu_new"`, "hidden_act"},
		{hfDoc, "text_config.hidden_act", `"gelu"`, "hidden_act"},
		{hfDoc, "text_config.layer_norm_eps", "1e-6", "layer_norm_eps"},
		{hfDoc, "vision_config.layer_norm_eps", "1e-12", "layer_norm_eps"},
		{hfDoc, "vision_config.num_channels", "1", "num_channels"},
		{hfDoc, "vision_config.num_attention_heads", "7", "num_attention_heads"},
		{hfDoc, "vision_config.num_attention_heads", "0", "num_attention_heads"},
		{hfDoc, "text_config.eos_token_id", "7", "eos_token_id"},
		{hfDoc, "text_config_dict.hidden_act", `"gelu"`, "hidden_act"},
		{`{}`, "a", "1", "text_config"},
	} {
		_, err := read(t, edit(t, c.doc, c.key, c.value))
		if err == nil || !strings.Contains(err.Error(), c.want) || fault.ExitCode(err) != fault.Usage {
			t.Errorf("%s = %s: %v, want %q", c.key, c.value, err, c.want)
		}
	}
}

func TestAcceptedAsNeutral(t *testing.T) {
	plain, err := read(t, openCLIPDoc)
	if err != nil {
		t.Fatal(err)
	}
	for key, value := range map[string]string{
		"model_cfg.custom_text":                "false",
		"model_cfg.init_logit_bias":            "null",
		"model_cfg.init_logit_scale":           "10",
		"model_cfg.vision_cfg.patch_dropout":   "0.0",
		"model_cfg.vision_cfg.ls_init_value":   "null",
		"model_cfg.vision_cfg.image_size":      "[224, 224]",
		"model_cfg.vision_cfg.timm_pool":       `"avg"`,
		"model_cfg.vision_cfg.norm_kwargs":     `{"eps": 0.00001}`,
		"model_cfg.text_cfg.hf_tokenizer_name": "null",
		"model_cfg.text_cfg.tokenizer_kwargs":  "{}",
		"model_cfg.text_cfg.pool_type":         `"argmax"`,
		"model_cfg.text_cfg.eos_id":            "2",
		"preprocess_cfg":                       "null",
		"preprocess_cfg.size":                  "224",
		"preprocess_cfg.interpolation":         `"random"`,
		"license":                              `"mit"`,
	} {
		got, err := read(t, edit(t, openCLIPDoc, key, value))
		if err != nil {
			t.Errorf("%s = %s: %v", key, value, err)
			continue
		}
		if diff := cmp.Diff(plain, got); diff != "" {
			t.Errorf("%s = %s: %s", key, value, diff)
		}
	}
	// The *_dict of old Hugging Face files stands before the plain one.
	old := edit(t, edit(t, hfDoc, "text_config_dict.hidden_act", `"gelu"`), "vision_config_dict.hidden_act", `"gelu"`)
	got, err := read(t, edit(t, old, "text_config.eos_token_id", "2"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(plain, got); diff != "" {
		t.Error(diff)
	}
}

func TestReadConfigFiles(t *testing.T) {
	dir := t.TempDir()
	if _, err := ReadConfig(dir); err == nil || !strings.Contains(err.Error(), OpenCLIPConfig) {
		t.Errorf("empty folder: %v", err)
	}
	if _, err := ReadConfig(filepath.Join(dir, "none.json")); err == nil {
		t.Error("a missing file was read")
	}
	for _, name := range []string{"RN50", "ViT-B-16-SigLIP"} {
		if _, err := ReadConfig("testdata/openclip-" + name + ".json"); err == nil {
			t.Errorf("%s was read", name)
		}
	}
	for _, doc := range []string{"", "[]", "{", "null", `"x"`, strings.Repeat(" ", maxConfigBytes) + openCLIPDoc} {
		if c, err := read(t, doc); err == nil {
			t.Errorf("%.20q gave %+v", doc, c)
		}
	}
	if err := WriteConfig(filepath.Join(dir, "x.json"), Config{}); err == nil {
		t.Error("an empty configuration was written")
	}
}

func TestFitsTokenizer(t *testing.T) {
	if err := small().FitsTokenizer(); err == nil {
		t.Error("100 ids fit")
	}
	c, _ := Named("ViT-B-32")
	if err := c.FitsTokenizer(); err != nil {
		t.Error(err)
	}
}

func FuzzReadConfig(f *testing.F) {
	f.Add([]byte(openCLIPDoc))
	f.Add([]byte(hfDoc))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := parseConfig(data, dir)
		if err == nil && c.Validate() == nil {
			if c.Vision.Heads() < 1 || c.Vision.Tokens() < 2 || c.Vision.Hidden() < 1 || c.Text.Hidden() < 1 {
				t.Fatalf("%+v", c)
			}
		}
	})
}
