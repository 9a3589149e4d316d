package train

import (
	"strconv"
	"strings"

	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/loss"
)

// trainableSet says which parameters of the text tower are trained: "blocks",
// all residual blocks; "text", the whole tower; "last", the last n blocks;
// "lora", adapters of rank n beside frozen weights.
type trainableSet struct {
	kind string
	n    int
}

// trainableForms are what --trainable takes.
const trainableForms = "blocks, text, last:N or lora:R"

func parseTrainable(text string) (set trainableSet, ok bool) {
	kind, number, counted := strings.Cut(text, ":")
	switch kind {
	case "blocks", "text":
		return trainableSet{kind: kind}, !counted
	case "last", "lora":
		n, err := strconv.Atoi(number)
		return trainableSet{kind: kind, n: n}, err == nil && n >= 1
	}
	return trainableSet{}, false
}

// fits refuses more blocks than the text tower has.
func (t trainableSet) fits(layers int) error {
	if t.kind == "last" && t.n > layers {
		return fault.Input("train", "--trainable", "give at most "+strconv.Itoa(layers), "the text tower has %d blocks, not %d", layers, t.n)
	}
	return nil
}

// trains says whether the parameter of open_clip's name is trained.
func (t trainableSet) trains(name string, layers int) bool {
	if name == loss.LogScale {
		return true
	}
	switch t.kind {
	case "text":
		return hasPrefix(name, "transformer.", "ln_final.", "token_embedding.", "positional_embedding", "text_projection")
	case "lora":
		return strings.HasSuffix(name, ".lora_a") || strings.HasSuffix(name, ".lora_b")
	case "last":
		block, ok := blockOf(name)
		return ok && block >= layers-t.n
	}
	return hasPrefix(name, "transformer.")
}

// blockOf gives the number of the text tower's block that a parameter is in.
func blockOf(name string) (block int, ok bool) {
	rest, ok := strings.CutPrefix(name, "transformer.resblocks.")
	if !ok {
		return 0, false
	}
	number, _, _ := strings.Cut(rest, ".")
	block, err := strconv.Atoi(number)
	return block, err == nil
}

func hasPrefix(name string, prefixes ...string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}
