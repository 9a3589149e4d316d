package generate

import (
	"regexp"

	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/prompts"
	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

// Pictures gives the images of a plan, by file name, for prompts that show them.
// It is safe for concurrent use.
type Pictures interface {
	Digest(name string) (string, error)                     // SHA-256 of the file, in hex
	Load(name string) (mime string, data []byte, err error) // the bytes to send
	Prepared() string                                       // how Load makes them of the file
}

// labels stand before the images.
var labels = [2]string{"The first image:", "The second image:"}

// unread is the digest of an image that cannot be read: its pair fails when it
// is to be sent, and has a key all the same.
const unread = "unreadable"

// images gives the images of a question, without their bytes.
func (o Options) images(p prompts.Prompt, pair shards.Pair) []llm.Image {
	if p.Form != prompts.Vision || o.Pictures == nil {
		return nil
	}
	var all []llm.Image
	for i, name := range []string{pair.FileNameA, pair.FileNameB} {
		digest, err := o.Pictures.Digest(name)
		if err != nil {
			digest = unread
		}
		all = append(all, llm.Image{Name: name, Label: labels[i], SHA256: digest, Prepared: o.Pictures.Prepared()})
	}
	return all
}

// loaded gives a request with the bytes of its images, which are in memory only
// while it is sent.
func (o Options) loaded(q llm.Request) (llm.Request, *llm.Error) {
	if o.Pictures == nil {
		return q, nil
	}
	messages := make([]llm.Message, len(q.Messages))
	copy(messages, q.Messages)
	for i, m := range messages {
		messages[i].Images = nil
		for _, image := range m.Images {
			var err error
			if image.MIME, image.Data, err = o.Pictures.Load(image.Name); err != nil {
				return q, &llm.Error{Kind: llm.Unreadable, Message: err.Error()}
			}
			messages[i].Images = append(messages[i].Images, image)
		}
	}
	q.Messages = messages
	return q, nil
}

// imageTokens is what an image is taken to cost where an endpoint has not told:
// that of 512 x 512 pixels for models with patches of 28, half as much again.
const imageTokens = 500

var aboutImages = regexp.MustCompile(`(?i)image|vision|multi.?modal|content (type|part)`)

// blind gives the error of an endpoint that refuses images, nil for any other.
func (s *scheduler) blind(f finish) error {
	e := f.err
	if s.r.prompt.Form != prompts.Vision || f.ticket.remote.spoke || e.Kind != llm.BadRequest || !aboutImages.MatchString(e.Message) {
		return nil
	}
	return s.stop(f, "the endpoint takes no images", "serve a multimodal model there; the same command goes on")
}

// pictured refuses a prompt that shows images where there are none.
func (r *run) pictured() error {
	if r.prompt.Form == prompts.Vision && r.o.Pictures == nil {
		return fault.Input("read settings", "images", "give --images DIR", "%s shows images, and no folder of them is given", r.prompt.ID)
	}
	return nil
}
