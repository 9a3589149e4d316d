package main

import (
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
			return nil, fault.Input("generate", "--also", "write URL[,model=NAME][,key-env=VAR][,weight=W][,concurrency=N][,rpm=N][,tpm=N][,input-tpm=N][,output-tpm=N][,cap-field=NAME]", "%q: %w", text, err)
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
		e.Model = value
	case "key-env":
		e.APIKeyEnv = value
	case "cap-field":
		e.CapField = value
	case "weight":
		e.Weight, err = strconv.ParseFloat(value, 64)
	case "concurrency":
		e.Concurrency, err = strconv.Atoi(value)
	default:
		rates := map[string]*int64{"rpm": &e.Rates.Requests, "tpm": &e.Rates.Tokens, "input-tpm": &e.Rates.Input, "output-tpm": &e.Rates.Output}
		at, ok := rates[key]
		if !ok {
			return fmt.Errorf("unknown key")
		}
		*at, err = strconv.ParseInt(value, 10, 64)
	}
	return err
}
