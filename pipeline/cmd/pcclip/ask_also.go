package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pcclip/pcclip/generate"
	"github.com/pcclip/pcclip/generate/limit"
	"github.com/pcclip/pcclip/shards/fault"
)

// others reads the --also flags.
func (c *askFlags) others() ([]generate.Endpoint, error) {
	var all []generate.Endpoint
	for _, text := range c.Also {
		e, err := endpointOf(text)
		if err != nil {
			return nil, fault.Input("generate", "--also", "write URL[,model=NAME][,key-env=VAR][,weight=W][,concurrency=N][,rpm=N][,tpm=N][,input-tpm=N][,output-tpm=N][,cap-field=NAME][,price=PROMPT:COMPLETION[:CACHED]][,batch]", "%q: %w", text, err)
		}
		if p, known := c.Prices[e.Model]; known && e.Price == (generate.Price{}) {
			e.Price = p
		}
		all = append(all, e)
	}
	return all, nil
}

func endpointOf(text string) (generate.Endpoint, error) {
	url, rest, more := strings.Cut(text, ",")
	e := generate.Endpoint{URL: url, Rates: limit.DefaultRates()}
	for more {
		var field string
		field, rest, more = strings.Cut(rest, ",")
		if field == "batch" {
			e.Batch = true
			continue
		}
		key, value, ok := strings.Cut(field, "=")
		if !ok {
			return e, fmt.Errorf("%q is no KEY=VALUE", field)
		}
		if err := setEndpoint(&e, key, value); err != nil {
			return e, fmt.Errorf("%s: %w", key, err)
		}
	}
	return e, nil
}

func setEndpoint(e *generate.Endpoint, key, value string) (err error) {
	switch key {
	case "model":
		if e.Model = strings.TrimSpace(value); e.Model == "" {
			err = errors.New("give a name, or leave it out for the same as --model")
		}
	case "key-env":
		e.APIKeyEnv = value
	case "cap-field":
		e.CapField = value
	case "price":
		e.Price, err = priceOf(strings.Split(value, ":"))
	case "weight":
		if e.Weight, err = strconv.ParseFloat(value, 64); err == nil && !(e.Weight > 0) {
			err = errNotPositive
		}
	case "concurrency":
		var n int64
		n, err = above0(value)
		e.Concurrency = int(n)
	default:
		rates := map[string]*int64{"rpm": &e.Rates.Requests, "tpm": &e.Rates.Tokens, "input-tpm": &e.Rates.Input, "output-tpm": &e.Rates.Output}
		at, ok := rates[key]
		if !ok {
			return fmt.Errorf("unknown key")
		}
		*at, err = above0(value)
	}
	return err
}

var errNotPositive = errors.New("give a number above 0, or leave it out")

func above0(value string) (int64, error) {
	n, err := strconv.ParseInt(value, 10, 32)
	if err == nil && n <= 0 {
		err = errNotPositive
	}
	return n, err
}
