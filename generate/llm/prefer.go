package llm

// Dialect is how an endpoint is told what servers do not agree on.
type Dialect struct {
	CapField string // MaxTokens or MaxCompletionTokens
	Form     string // how JSON is asked for: "json_schema", "json_object", or "" for not at all
}

// Dialect gives how the next request will be told.
func (c *Client) Dialect() Dialect {
	t := c.dialect.now()
	return Dialect{CapField: t.capField, Form: forms[t.form]}
}

// Prefer sets how requests are told from now on. An unknown name is left out.
func (c *Client) Prefer(d Dialect) {
	if d.CapField == MaxTokens || d.CapField == MaxCompletionTokens {
		c.dialect.capField.Store(&d.CapField)
	}
	for i, form := range forms {
		if form == d.Form {
			c.dialect.form.Store(int32(i))
		}
	}
}

// Looser gives the form to try where an endpoint does not keep to this one, and
// false after the last.
func Looser(form string) (string, bool) {
	for i, f := range forms[:len(forms)-1] {
		if f == form {
			return forms[i+1], true
		}
	}
	return "", false
}
