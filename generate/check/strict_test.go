package check

import (
	"strings"
	"testing"
)

// plain are answers as models give them when all goes well.
var plain = []string{
	good,
	"The first image shows a man riding a wave on a surfboard, while the second image shows a man riding a horse along a wave-washed beach.",
	"The first image shows a man riding a wave on a surfboard, while the second image shows a man riding a wave on a bodyboard.",
	"Unlike the second image, which shows a kitchen with a stove and a refrigerator, the first image shows a bathroom with a toilet and a sink.",
	"The first image features a group of people sitting around a table with food, whereas the second depicts a single zebra grazing in a grassy field.",
	"In the second image a bus is parked by the road; in the first, a red train travels over a bridge.",
	"While the second image focuses on a plate of broccoli and rice, the first image captures a young boy swinging a baseball bat on a field.",
	"Image 1 contains a giraffe behind a fence. Image 2 contains two elephants crossing a river with a calf between them.",
	"Image A is an outdoor scene with snow and skiers; image B is an indoor one with a laptop on a desk.",
	"The former shows a vintage airplane on a runway, the latter a modern jet in the sky.",
	"Both images show pizza, but only one is cut into slices, and that one lies on a wooden board next to a glass of beer.",
	"The first picture has more people than the second: five children fly kites in a park instead of one woman with an umbrella.",
	"The first photo is black and white and shows an old clock tower, unlike the second photo, a colorful picture of flowers in a vase.",
	"Compared to the second image, the first image is taken outdoors, likely in winter, and there are no cars in it.",
	"Image A shows a bench in a park and the other image shows a harbor with many boats.",
	"The first image shows a bench in a park while the other shows a harbor with many boats.",
	"Unlike image 2, the first image has a bench in a park and a bicycle.",
	"The first image has a bench in a park, unlike the second which has a harbor with boats.",
	"The first one has more boats than the second (a quiet harbor).",
	"Images 1 and 2 differ in the animal: a sheep in image 1 and a brown cow in image 2.",
	"The two images differ in their setting, a snowy slope versus a sunny beach with many umbrellas.",
	"The first shows a teddy bear on a bed, the second a child with a toothbrush.",
	"The first black-and-white photo has a cyclist on a wet street; the second one has a parked motorcycle at 12:30 on a clock.",
	"The first and second images both have a dog, but in the first it catches a frisbee and in the second it sleeps on a couch.",
	"A cat sits in the first image's sink, while the second image's sink is empty apart from 3 dirty plates and a 2.5 inch brush.",
	"The first image shows two giraffes standing near tall trees under a cloudy sky, and the second image shows a woman in a caf\u00e9 holding a cup with a na\u00efve drawing, at \u00a35.",
	"The first image has a sign that reads \"STOP\" at a street corner, while the second image has a street with no signs at all.",
	"The first image depicts a living room with a couch, a television and a wooden coffee table, while the second image depicts a street scene with several people " +
		"walking past shops. The first image has an indoor setting with warm light, whereas the second image has an outdoor setting with buildings and traffic in the background.",
}

func TestStrictAcceptsPlainAnswers(t *testing.T) {
	for _, text := range plain {
		if v := sets["strict"].CheckIn(Context{Tokens: known.Tokens}, text); !v.Accepted() || v.Text != text || len(v.Repairs) > 0 {
			t.Errorf("CheckIn(%q): %+v", text, v)
		}
	}
}

func TestStrictRejects(t *testing.T) {
	for reason, texts := range map[string][]string{
		"empty":         {"", " \n\t "},
		"reasoning":     {"<think>Let me see.</think>" + good, good + "</reasoning>", "Okay, let me look at both. " + good, "The user wants a difference. " + good, "First, I need to compare. " + good},
		"refusal":       {"I'm sorry, but I can't compare the first image with the second image.", "I don\u2019t have access to the first image or the second image.", "Please provide the images. " + good, "As an AI, I see nothing. " + good, "No image was provided, so the first image and the second image are the same to me."},
		"code":          {"#include <x> " + good, "def main(): " + good, `{"difference": "` + good + `"}`, `\boxed{` + good, "import os\n" + good},
		"special_token": {good + "<|im_end|>", good + "</s>", "[INST]" + good, good + "<unk>", "### Response: " + good, good + "<\uff5cend\u2581of\u2581sentence\uff5c>"},
		"html":          {"<p>" + good + "</p>", `<span class="x">` + good, good + "<br/>", good + " &amp; more"},
		"markdown":      {"**Difference** " + good, "- " + good, "* " + good, "## Answer\n" + good, "```" + good, "1. " + good + "\n2. " + good, "| a | b |\n" + good, "[" + good + "](x)"},
		"ruler":         {good + "\n---\nThe end.", good + " ====="},
		"web":           {good + " See https://example.org", good + " Write to me@example.org", good + " All rights reserved."},
		"digits":        {good + " 11112", good + " 1234567"},
		"repetition": {
			good + " th th th th", good + " Yes!!!", good + " " + good, strings.Repeat("the dog is on the big sofa ", 3),
			"The first image shows a dog. The second image shows a cat. The first image shows a dog. The second image shows a cat.",
			"The first image has a big dog, the second image has a big cat, the first image has a big bus, the second image has a big car, the second image has a big hat.",
		},
		"prompt_echo":  {"Description: " + good, "Caption 1: a dog. " + good, "You will read the captions of two images. " + good, "In one or two plain sentences: " + good, good + " That is at most 45 words."},
		"hedging":      hedged,
		"language":     foreign,
		"characters":   {good + " \U0001f436", good + "\xff", good + "\x00", good + " \u2192 end", good + " cafe\u0301", good + "\ufffd"},
		"too_short":    {"First, second image", "Q: " + good, "I hope this helps. " + good},
		"caption_echo": {"A dog on a beach, by the first image of the second."[:17] + " now", "Two cats on a sofa here.", "A dog on a beach. Two cats on a sofa.", "two cats on a sofa; a dog on a beach"},
		"one_image":    {"The first image shows a dog on a beach with its owner.", "A dog runs along the beach while two cats lie on the sofa.", "The second image has three dogs in it, and the other one has none.", "One image shows a dog while the other shows two cats on the sofa.", "The first dog is bigger than the second dog by the water.", "There is a dog in image 1, and it plays with a ball and with a stick.", "The first image shows two dogs on the sand, and the other is asleep.", "The first image shows a dog, and the second dog in one corner is asleep.", "In the second image 1 dog is asleep on the sofa."},
		"compressible": {"The first image, unlike the second image, has the " + babble(120)},
		"too_long":     {"The first image differs from the second image: " + many(75)},
		"off_caption":  {plain[1], "The first image shows a dog on a beach, unlike the second image, a stark contrast."},
	} {
		for _, text := range texts {
			if v := sets["strict"].CheckIn(known, text); v.Reason != reason {
				t.Errorf("CheckIn(%q): %q, want %q", text, v.Reason, reason)
			}
			for _, d := range sets["strict"].drops {
				if got, want := d.find(text, lowered(text)), d.at(text); got != want {
					t.Errorf("%s in %q: %d, searched %d", d.name, text, got, want)
				}
			}
		}
	}
}

// babble gives n words of a small stock, in no order that repeats.
func babble(n int) string {
	var out []string
	for i := range n {
		out = append(out, []string{"the", "and", "with", "near", "both", "dogs", "cats"}[mix(uint64(i))%7])
	}
	return strings.Join(out, " ")
}

// many gives n words of which no phrase repeats.
func many(n int) string {
	var out []string
	for i := range n {
		out = append(out, strings.Split("the and with while bright dark wooden small red tall", " ")[i%10]+strings.Repeat("xyz"[i/10%3:][:1], i/30))
	}
	return strings.Join(out, " ")
}

var hedged = []string{
	"Based on the captions, the first image shows a dog and the second image shows two cats.",
	"Based solely on the provided descriptions, the first image shows a dog and the second two cats.",
	"The caption says that the first image shows a dog, while the second image shows two cats.",
	"The first caption describes a dog on a beach, unlike the second image with cats.",
	"Without seeing the images, the first image has a dog and the second image has cats.",
	"Without access to the actual images, the first image seems to have a dog, the second image cats.",
	"The first image shows a dog, while the second image does not mention any dog.",
	"The first image shows a dog, but the color is not specified for the second image.",
	"According to the descriptions, the first image shows a dog and the second image cats.",
	"The first image shows a dog; it is impossible to tell what the second image shows.",
	"The first image shows a dog, and there is no mention of a dog in the second image.",
	"The breed in the first image cannot be determined, unlike in the second image.",
}

var foreign = []string{
	good + "\u72d7",
	"\u041f\u0435\u0440\u0432\u043e\u0435 \u0438\u0437\u043e\u0431\u0440\u0430\u0436\u0435\u043d\u0438\u0435, " + good,
	"Das erste Bild zeigt einen Hund am Strand, w\u00e4hrend das zweite Bild zwei Katzen auf einem Sofa in der Sonne zeigt.",
	"De eerste afbeelding is een hond in het park, de tweede afbeelding is een kat op de bank in de kamer.",
	"La premi\u00e8re image montre un chien sur une plage, tandis que la seconde image montre deux chats sur un canap\u00e9.",
	"La primera imagen muestra un perro en la playa, mientras que la segunda imagen muestra dos gatos en un sof\u00e1 a la derecha.",
	"La prima immagine mostra un cane su una spiaggia, mentre la seconda mostra due gatti su un divano in casa.",
	"A primeira imagem mostra um cachorro na praia, enquanto a segunda imagem mostra dois gatos em um sof\u00e1 no quarto.",
	"Den f\u00f6rsta bilden visar en hund p\u00e5 en strand, medan den andra bilden visar tv\u00e5 katter i en soffa.",
	"Gambar pertama menunjukkan seekor anjing di pantai, sedangkan gambar kedua menunjukkan dua kucing di sofa.",
	"The first image muestra un perro negro en la playa, mientras que the second image muestra dos gatos blancos en el gran sof\u00e1 de la sala.",
}

func TestStrictRepairs(t *testing.T) {
	for _, tt := range []struct{ in, repairs, want string }{
		{"  " + good + "\n", "newline,space", good},
		{strings.Replace(good, " on", "\t\non", 1), "newline,tab,space", good},
		{"Sure! Here is the difference:\n\n" + good, "newline,preamble", good},
		{"Here\u2019s a description of the visual difference: " + good, "typography,preamble", good},
		{"Certainly! " + good, "preamble", good},
		{"Answer: " + good, "prefix,space", good},
		{"\u201c" + good + "\u201d", "typography,quotes", good},
		{"\ufeff" + good + "\u200b", "typography", good},
		{"The first image\u2019s dog is asleep\u2014the second image\u2019s two cats aren\u2019t\u2026", "typography", "The first image's dog is asleep - the second image's two cats aren't..."},
		{"The first image \u2013 a dog \u2013 is of 1990\u20131995; the second\u00a0image\u202fis not.", "typography", "The first image - a dog - is of 1990-1995; the second image is not."},
		{good + " I hope this helps!", "cut_pleasantry,space", good},
		{good + " Let me know if you need more.", "cut_pleasantry,space", good},
		{good + "\n\n(Note: this is from the text)", "cut_note,newline,space", good},
		{good + "\nUser: and now?", "cut_turn,newline,space", good},
		{"\"The first image has a \"STOP\" sign\" and the second image has none at all.", "", "\"The first image has a \"STOP\" sign\" and the second image has none at all."},
	} {
		v := sets["strict"].Check(tt.in)
		if v.Text != tt.want || strings.Join(v.Repairs, ",") != tt.repairs || v.Reason != "" {
			t.Errorf("Check(%q)\n got %+v\nwant %q, repairs %q", tt.in, v, tt.want, tt.repairs)
		}
	}
}

func TestWithoutContextNothingIsEchoedOrTooLong(t *testing.T) {
	text := "In the first image and the second image is a dog." + many(75)
	c := Context{CaptionA: text, Tokens: func(string) int { return 78 }}
	if v := sets["strict"].Check(text); !v.Accepted() {
		t.Errorf("%+v", v)
	}
	if v := sets["strict"].CheckIn(c, text); v.Reason != "caption_echo" {
		t.Errorf("%+v", v)
	}
	c.CaptionA = ""
	if v := sets["strict"].CheckIn(c, text); v.Reason != "too_long" {
		t.Errorf("%+v", v)
	}
	c.Tokens = func(string) int { return 77 }
	if v := sets["strict"].CheckIn(c, text); !v.Accepted() {
		t.Errorf("%+v", v)
	}
}

func TestConsistent(t *testing.T) {
	for name, r := range sets {
		if r.Consistent(good, strings.ToUpper(good)) || !r.Consistent(good, "The first image shows two cats on a sofa, while the second image shows a dog on a beach.") {
			t.Errorf("%s: one difference holds in both directions", name)
		}
	}
	unturned := []string{
		"In the first image a dog runs on the sand, and in the second image cats sleep on a couch.",
		"The second image shows cats on a sofa, while the first image shows a dog by the sea.",
		"Image 1 has a dog. Image 2 has two cats.",
	}
	turned := []string{
		"The first image shows cats on a sofa, while the second shows a dog.",
		"There are cats on a sofa in the first image and a dog on a beach in the second image.",
		"There is a dog in the second image, but cats in the first image.",
		"The second image shows a dog instead of cats, unlike the first image with its sofa.",
		"The first image shows cats and no dog; the second image has a dog and not one cat on a sofa.",
		"Both images are indoors.",
		"Cats lie on a sofa here.",
		"The first image has fewer dogs than the second image.",
		"",
	}
	for _, text := range unturned {
		if sets["strict"].Consistent(good, text) || !sets["paper"].Consistent(good, text) {
			t.Errorf("not turned: %s", text)
		}
	}
	for _, text := range turned {
		if !sets["strict"].Consistent(good, text) {
			t.Errorf("turned, or not to be told: %s", text)
		}
	}
}

func TestMentionOrder(t *testing.T) {
	inOrder := []string{
		"The first image shows a bench in a park while the second shows a harbor with many boats.",
		"In the first image a red train travels over a bridge; in the second, a bus is parked by the road.",
		"Image 1 contains a giraffe behind a fence. Image 2 contains two elephants crossing a river with a calf between them.",
		"The former shows a vintage airplane on a runway, the latter a modern jet in the sky.",
		"There are 2 dogs in image A, and the second image has a cat on a sofa with many cushions.",
	}
	turned := []string{
		"Unlike the second image, which shows a kitchen with a stove and a refrigerator, the first image shows a bathroom with a toilet and a sink.",
		"Compared to image 2, the first image is taken outdoors, likely in winter, and there are no cars in it.",
		"The latter shows a modern jet in the sky, the former a vintage airplane on a runway.",
	}
	neither := []string{
		"Both images show pizza, but only one is cut into slices, and that one lies on a wooden board next to a glass of beer.",
		"The two images differ in their setting, a snowy slope versus a sunny beach with many umbrellas.",
	}
	rules := sets["strict"]
	judge := func(text string, o Order) string { return rules.CheckIn(Context{Order: o}, text).Reason }
	for _, text := range inOrder {
		if a, b, c := judge(text, FirstFirst), judge(text, SecondFirst), judge(text, AnyOrder); a != "" || b != "mention_order" || c != "" {
			t.Errorf("%q: %q, %q, %q", text, a, b, c)
		}
	}
	for _, text := range turned {
		if a, b, c := judge(text, FirstFirst), judge(text, SecondFirst), judge(text, AnyOrder); a != "mention_order" || b != "" || c != "" {
			t.Errorf("%q: %q, %q, %q", text, a, b, c)
		}
	}
	for _, text := range neither {
		if a, b := judge(text, FirstFirst), judge(text, SecondFirst); a != "" || b != "" {
			t.Errorf("%q: %q, %q", text, a, b)
		}
	}
}
