package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image/jpeg"
	"net/http"
	"strings"
)

// see is a multimodal endpoint: it answers with what it measures in the images.
func see(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Model    string
		Messages []struct {
			Content []struct {
				Image struct{ URL string } `json:"image_url"`
			}
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	var said []string
	for _, m := range q.Messages {
		for _, part := range m.Content {
			if part.Image.URL == "" {
				continue
			}
			data := strings.TrimPrefix(part.Image.URL, "data:image/jpeg;base64,")
			picture, err := jpeg.Decode(base64.NewDecoder(base64.StdEncoding, strings.NewReader(data)))
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			size, red := picture.Bounds().Size(), 0
			for x := range size.X {
				for y := range size.Y {
					r, _, _, _ := picture.At(x, y).RGBA()
					red += int(r >> 8)
				}
			}
			said = append(said, fmt.Sprintf("a picture of %d by %d with a red of %d", size.X, size.Y, red/size.X/size.Y))
		}
	}
	json.NewEncoder(w).Encode(map[string]any{ //nolint:errcheck // the client notices
		"model":   q.Model,
		"choices": []any{map[string]any{"message": map[string]any{"content": "The first image is " + strings.Join(said, ", while the second image is ") + "."}, "finish_reason": "stop"}},
		"usage":   map[string]any{"prompt_tokens": 10, "completion_tokens": 20},
	})
}
