package pipeline

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/pcclip/pcclip/"

type listed struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// packages lists the packages of the module as a build with the tags sees them.
func packages(t *testing.T, tags string) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Imports,TestImports,XTestImports", "-tags", tags, module+"...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("list packages: %v", err)
	}
	var all []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("decode package list: %v", err)
		}
		all = append(all, p)
	}
}

// layer gives the top-level folder of a package of the module, "" for others.
func layer(path string) string {
	rest, ok := strings.CutPrefix(path, module)
	if !ok {
		return ""
	}
	return strings.SplitN(rest, "/", 2)[0]
}

func TestImportsGoOneWay(t *testing.T) {
	allowed := map[string][]string{
		"prompts":  {"prompts", "shards"},
		"shards":   {"shards"},
		"generate": {"generate", "prompts", "shards"},
		"train":    {"train", "shards"},
		"pipeline": {"pipeline", "generate", "prompts", "shards", "train"},
	}
	for _, p := range packages(t, "libtorch") {
		for _, imp := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if to := layer(imp); to != "" && !slices.Contains(allowed[layer(p.ImportPath)], to) {
				t.Errorf("%s imports %s: %s may import only %v", p.ImportPath, imp, layer(p.ImportPath), allowed[layer(p.ImportPath)])
			}
		}
	}
}

func TestOneImporterEach(t *testing.T) {
	owners := map[string][]string{
		"github.com/sugarme/gotch":          {"train/torch"},
		"github.com/sashabaranov/go-openai": {"generate/llm"},
		"github.com/duckdb/duckdb-go":       {"shards/query"},
		"github.com/apache/arrow":           {"train/tokens"},
		"modernc.org/sqlite":                {"generate/answers"},
		"gocloud.dev":                       {"shards/bucket"},
		"github.com/parquet-go/parquet-go":  {"shards", "pipeline/dataset"},
		"github.com/alecthomas/kong":        {"pipeline/cmd/pcclip"},
	}
	seen := map[string]bool{}
	for _, p := range packages(t, "libtorch") {
		for _, imp := range p.Imports {
			for lib, owner := range owners {
				if !strings.HasPrefix(imp, lib) {
					continue
				}
				seen[lib] = true
				if !slices.Contains(owner, strings.TrimPrefix(p.ImportPath, module)) {
					t.Errorf("%s imports %s: only %v may", p.ImportPath, imp, owner)
				}
			}
		}
	}
	for lib := range owners {
		if !seen[lib] {
			t.Errorf("nothing imports %s: the list of owners is out of date", lib)
		}
	}
}
