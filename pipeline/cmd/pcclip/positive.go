package main

import (
	"fmt"
	"strconv"

	"github.com/alecthomas/kong"
)

// positive is a flag's number that bounds something: whole and above 0 where it
// is given, 0 where it is not. A bound of 0 is refused, because one reader takes
// it for "nothing" and the next for "no bound".
type positive int64

// Decode reads the value, from the command line or a settings file.
func (n *positive) Decode(ctx *kong.DecodeContext) error {
	text, err := given(ctx)
	if err != nil {
		return err
	}
	v, err := strconv.ParseInt(text, 10, 64)
	if err != nil || v <= 0 {
		return fmt.Errorf("%q is no whole number above 0; without a bound, leave the flag out", text)
	}
	*n = positive(v)
	return nil
}

// amount is the same for money.
type amount float64

// Decode reads the value, from the command line or a settings file.
func (n *amount) Decode(ctx *kong.DecodeContext) error {
	text, err := given(ctx)
	if err != nil {
		return err
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v > 0) || v > 1e15 {
		return fmt.Errorf("%q is no number above 0; without a bound, leave the flag out", text)
	}
	*n = amount(v)
	return nil
}

func given(ctx *kong.DecodeContext) (string, error) {
	t, err := ctx.Scan.PopValue("number")
	return fmt.Sprint(t.Value), err
}
