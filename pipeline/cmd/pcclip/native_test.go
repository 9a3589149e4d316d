//go:build libtorch

package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The commands that need libtorch, as processes.
func TestNativeScripts(t *testing.T) { testscript.Run(t, params(t, "native")) }
