package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"

	"github.com/pcclip/pcclip/shards/fault"
)

// defaultSettings is the file that is read where --config is not given.
const defaultSettings = "pcclip.yaml"

// shared are the settings that may stand at the top level of the file: every
// command that has such a flag takes them.
var shared = []string{"run", "captions", "images"}

// settings gives flags their values from a YAML file and from --set. A section
// is named after its command, a key after its flag (with - or _). It is a
// kong.Resolver: what is typed on the command line wins.
type settings struct {
	path string // "" where there is no file
	doc  map[string]any
}

// loadSettings finds --config and --set among the arguments and reads them.
func loadSettings(args []string) (*settings, error) {
	s := &settings{doc: map[string]any{}}
	path, sets := scanSettings(args)
	explicit := path != ""
	if !explicit {
		path = defaultSettings
	}
	b, err := os.ReadFile(path)
	switch {
	case err == nil:
		s.path = path
		dec := yaml.NewDecoder(bytes.NewReader(b))
		if err := dec.Decode(&s.doc); err != nil && len(bytes.TrimSpace(b)) > 0 {
			return nil, fault.Input("read settings", path, "correct the file; pcclip init --print shows a valid one", "%w", err)
		}
	case explicit || !os.IsNotExist(err):
		return nil, fault.Input("read settings", path, "give --config an existing file, or make one with pcclip init", "%w", err)
	}
	for _, kv := range sets {
		if err := s.set(kv); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// scanSettings reads the two flags that decide how the others are read.
func scanSettings(args []string) (path string, sets []string) {
	for i := 0; i < len(args) && args[i] != "--"; i++ {
		name, value, joined := strings.Cut(args[i], "=")
		if name != "--config" && name != "--set" {
			continue
		}
		if !joined {
			if i+1 == len(args) {
				break
			}
			i++
			value = args[i]
		}
		if name == "--config" {
			path = value
		} else {
			sets = append(sets, value)
		}
	}
	return path, sets
}

// set applies one section.key=value; the value is read as YAML.
func (s *settings) set(kv string) error {
	key, text, ok := strings.Cut(kv, "=")
	var value any
	if err := yaml.Unmarshal([]byte(text), &value); !ok || err != nil {
		return fault.Input("read --set", kv, "write it as section.key=value, for example generate.concurrency=32", "not a key and a value")
	}
	section, name, nested := strings.Cut(key, ".")
	if !nested {
		s.doc[section] = value
		return nil
	}
	inner, ok := s.doc[section].(map[string]any)
	if !ok {
		inner = map[string]any{}
		s.doc[section] = inner
	}
	inner[name] = value
	return nil
}

// Validate refuses sections and keys that no command knows.
func (s *settings) Validate(app *kong.Application) error {
	known := map[string][]string{}
	for _, node := range app.Leaves(false) {
		for _, f := range node.Flags {
			known[sectionOf(node)] = append(known[sectionOf(node)], f.Name)
		}
	}
	for section, value := range s.doc {
		inner, nested := value.(map[string]any)
		if !nested {
			if value != nil && !slices.Contains(shared, section) && known[section] == nil {
				return s.unknown(section, shared)
			}
			continue
		}
		if known[section] == nil {
			return s.unknown(section, sortedNames(known))
		}
		for key := range inner {
			if !slices.Contains(known[section], flagName(key)) {
				return s.unknown(section+"."+key, known[section])
			}
		}
	}
	return nil
}

func (s *settings) unknown(key string, valid []string) error {
	valid = slices.Clone(valid)
	slices.Sort(valid)
	where := s.path
	if where == "" {
		where = "--set"
	}
	return fault.Input("read settings", where, "valid are: "+strings.Join(valid, ", "), "unknown setting %q", key)
}

// Resolve gives a flag its value: from the command's section, else from the
// shared settings.
func (s *settings) Resolve(_ *kong.Context, parent *kong.Path, flag *kong.Flag) (any, error) {
	if parent.Command == nil {
		return nil, nil
	}
	if inner, ok := s.doc[sectionOf(parent.Command)].(map[string]any); ok {
		for key, value := range inner {
			if flagName(key) == flag.Name {
				return value, nil
			}
		}
	}
	if slices.Contains(shared, flag.Name) {
		return s.doc[flag.Name], nil
	}
	return nil, nil
}

// sectionOf names a command's section: its path without the program's name,
// words joined by a dash ("dataset-stats").
func sectionOf(node *kong.Node) string {
	return strings.ReplaceAll(strings.TrimPrefix(node.Path(), "pcclip "), " ", "-")
}

func flagName(key string) string { return strings.ReplaceAll(key, "_", "-") }

// String keeps the settings readable in kong's own messages.
func (s *settings) String() string { return fmt.Sprintf("settings of %s", s.path) }
