package libtorch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// question asks a Python where its torch is, without importing it: an import
// takes seconds. The working folder is left out of the search; it may well
// have a folder named torch.
const question = `import importlib.util, json, sys
sys.path = [p for p in sys.path if p]
s = importlib.util.find_spec("torch")
d = list(s.submodule_search_locations)[0] if s and s.origin and s.submodule_search_locations else ""
print(json.dumps({"torch": d}))
`

// pythons gives the Pythons to ask, in order: $PYTHON, that of an active
// environment, python3, python. Only the first two need an explanation where
// they are missing.
func (o Options) pythons() (found []string, missing []string) {
	add := func(name string) bool {
		path, err := exec.LookPath(name)
		if errors.Is(err, exec.ErrDot) || err != nil {
			return false
		}
		if abs, err := filepath.Abs(path); err == nil && !slices.Contains(found, abs) {
			found = append(found, abs)
		}
		return true
	}
	if o.Python != "" && !add(o.Python) {
		missing = append(missing, o.Python)
	}
	for _, env := range []string{"VIRTUAL_ENV", "CONDA_PREFIX"} {
		if dir := os.Getenv(env); dir != "" {
			if python := filepath.Join(dir, "bin", "python"); !add(python) {
				missing = append(missing, python)
			}
		}
	}
	add("python3")
	add("python")
	return found, missing
}

// torchOf asks a Python for the folder of its torch; "" means that it has none.
func (o Options) torchOf(ctx context.Context, python string) (string, error) {
	out, err := ask(ctx, o.Wait, "", python, "-c", question)
	if err != nil {
		return "", fmt.Errorf("ask %s for torch: %w", python, err)
	}
	var answer struct{ Torch string }
	if err := json.Unmarshal([]byte(out), &answer); err != nil {
		return "", fmt.Errorf("ask %s for torch: read its answer: %w", python, err)
	}
	if answer.Torch == "" {
		return "", nil
	}
	return filepath.Abs(answer.Torch)
}
