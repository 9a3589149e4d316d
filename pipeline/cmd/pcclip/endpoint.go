package main

import (
	"fmt"

	"github.com/pcclip/pcclip/pipeline/demo/endpoint"
	"github.com/pcclip/pcclip/pipeline/demo/world"
)

type endpointCmd struct {
	Addr string `default:"127.0.0.1:0" help:"Loopback address to listen on; port 0 takes a free one." placeholder:"HOST:PORT"`
	Seed int64  `default:"0" help:"Another seed, other texts."`
}

// Help shows an example.
func (endpointCmd) Help() string {
	return `Example:
  pcclip endpoint --addr 127.0.0.1:8000 &
  pcclip generate --run runs/a --endpoint http://127.0.0.1:8000/v1 --model ` + endpoint.WriterModel + `

It writes by rules, not by a language model: differences of captions of the demo
world, and for any other captions one sentence that sets them side by side.`
}

// Run serves until it is interrupted.
func (c *endpointCmd) Run(e *env) error {
	server, err := endpoint.Serve(c.Addr, world.Writer{Seed: c.Seed})
	if err != nil {
		return err
	}
	fmt.Fprintln(e.stdout, server.URL)
	<-e.ctx.Done()
	return server.Close()
}
