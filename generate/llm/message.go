package llm

import (
	"encoding/base64"
	"encoding/json"
)

// Message is one turn of a conversation.
type Message struct {
	Role    string
	Content string
	Images  []Image // after the text, in order
}

// Image is a picture within a message. What it is decides an answer, not how its
// bytes are carried: SHA256 and Prepared tell that, and Data may be loaded later.
type Image struct {
	Name     string // of its file
	Label    string // the line of text before it
	SHA256   string // of the file, in hex
	Prepared string // how the bytes are made of the file
	MIME     string
	Data     []byte // nil until it is sent
}

// part is a piece of a message that is not only text.
type part struct {
	Type  string    `json:"type"`
	Text  string    `json:"text,omitempty"`
	Image *imageURL `json:"image_url,omitempty"`
}

type imageURL struct {
	URL string `json:"url"`
}

// MarshalJSON gives the message as it is sent, images as data URLs.
func (m Message) MarshalJSON() ([]byte, error) {
	if len(m.Images) == 0 {
		return json.Marshal(struct {
			Role    string `json:"role"`
			Content string `json:"content"`
		}{m.Role, m.Content})
	}
	parts := []part{{Type: "text", Text: m.Content}}
	for _, i := range m.Images {
		url := "data:" + i.MIME + ";base64," + base64.StdEncoding.EncodeToString(i.Data)
		parts = append(parts, part{Type: "text", Text: i.Label}, part{Type: "image_url", Image: &imageURL{url}})
	}
	return json.Marshal(struct {
		Role    string `json:"role"`
		Content []part `json:"content"`
	}{m.Role, parts})
}
