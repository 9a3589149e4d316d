package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// Served is a model that an endpoint lists.
type Served struct {
	ID      string
	Context int64 // tokens that it reads and writes at most; 0: not told
}

// Models asks what the endpoint serves. Many servers have no such list, or let
// nobody read it, so an error says nothing about the rest of the endpoint.
func (c *Client) Models(ctx context.Context) ([]Served, error) {
	body, err := c.call(ctx, http.MethodGet, "/models", nil)
	if err != nil {
		return nil, fmt.Errorf("list models: %w", err)
	}
	return readModels(body)
}

// readModels reads a list in OpenAI's form, with the context length where vLLM,
// llama.cpp and the larger gateways put it.
func readModels(body []byte) ([]Served, error) {
	var doc struct {
		Data []struct {
			ID            loose `json:"id"`
			MaxModelLen   count `json:"max_model_len"`  // vLLM
			ContextLength count `json:"context_length"` // gateways
			Meta          struct {
				Context count `json:"n_ctx"` // llama.cpp; n_ctx_train is not what a slot has
			} `json:"meta"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &doc); err != nil {
		return nil, fmt.Errorf("list models: %w", err)
	}
	var all []Served
	for _, d := range doc.Data {
		if d.ID == "" {
			continue
		}
		s := Served{ID: string(d.ID)}
		for _, n := range []count{d.MaxModelLen, d.ContextLength, d.Meta.Context} {
			if s.Context == 0 && n.n != nil {
				s.Context = *n.n
			}
		}
		all = append(all, s)
	}
	if len(all) == 0 {
		return nil, errors.New("list models: the list is empty")
	}
	return all, nil
}
