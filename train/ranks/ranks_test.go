package ranks

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/pcclip/pcclip/shards/fault"
)

func TestFromEnv(t *testing.T) {
	for name, tt := range map[string]struct {
		env  map[string]string
		want Place
		bad  bool
	}{
		"nothing":              {map[string]string{"RANK": "3"}, Alone, false},
		"one":                  {map[string]string{"RANK": "0", "WORLD_SIZE": "1"}, Alone, false},
		"by hand":              {map[string]string{"RANK": "1", "WORLD_SIZE": "2"}, Place{1, 2, 1, 2, "127.0.0.1", 29500, false, 0}, false},
		"two machines by hand": {map[string]string{"RANK": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "10.0.0.1"}, Place{1, 2, 0, 1, "10.0.0.1", 29500, false, 0}, false},
		"slurm": {
			map[string]string{"SLURM_STEP_NUM_TASKS": "8", "SLURM_PROCID": "5", "SLURM_LOCALID": "1", "SLURM_STEP_NODELIST": "gpu[03-04,7]", "SLURM_JOB_ID": "123456"},
			Place{5, 8, 1, 1, "gpu03", 23456, false, 0},
			false,
		},
		"slurm, its own port": {
			map[string]string{"SLURM_STEP_NUM_TASKS": "2", "SLURM_PROCID": "0", "SLURM_LOCALID": "0", "SLURM_STEP_NODELIST": "a,b", "MASTER_PORT": "7"},
			Place{0, 2, 0, 1, "a", 7, false, 0},
			false,
		},
		"slurm, one task":     {map[string]string{"SLURM_STEP_NUM_TASKS": "1", "SLURM_PROCID": "0"}, Alone, false},
		"slurm, batch script": {map[string]string{"SLURM_NTASKS": "8", "SLURM_PROCID": "0"}, Alone, false},
		"torchrun":            {map[string]string{"RANK": "5", "WORLD_SIZE": "8", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "4", "MASTER_ADDR": "node1", "MASTER_PORT": "1234", "TORCHELASTIC_USE_AGENT_STORE": "True", "TORCHELASTIC_RESTART_COUNT": "2"}, Place{5, 8, 1, 4, "node1", 1234, true, 2}, false},
		"no rank":             {map[string]string{"WORLD_SIZE": "2"}, Place{}, true},
		"rank":                {map[string]string{"RANK": "2", "WORLD_SIZE": "2"}, Place{}, true},
		"negative":            {map[string]string{"RANK": "-1", "WORLD_SIZE": "2"}, Place{}, true},
		"no count":            {map[string]string{"RANK": "0", "WORLD_SIZE": "many"}, Place{}, true},
		"zero":                {map[string]string{"RANK": "0", "WORLD_SIZE": "0"}, Place{}, true},
		"port":                {map[string]string{"RANK": "0", "WORLD_SIZE": "2", "MASTER_PORT": "99999"}, Place{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := FromEnv(func(name string) string { return tt.env[name] })
			if got != tt.want || (err != nil) != tt.bad || tt.bad && fault.ExitCode(err) != fault.Usage {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

func TestFirstHost(t *testing.T) {
	for list, want := range map[string]string{
		"": "", "a": "a", "a,b": "a", "gpu[03-07,9]": "gpu03", "gpu[9]": "gpu9", "gpu[9,11],cpu1": "gpu9", "r[1-2]n,x": "r1n", "a,b[1-2]": "a", "broken[": "broken",
	} {
		if got := firstHost(list); got != want {
			t.Errorf("%q: %q, not %q", list, got, want)
		}
	}
}

// The slices follow each other and make up the whole.
func TestSlice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, world := rapid.IntRange(0, 1000).Draw(t, "n"), rapid.IntRange(1, 40).Draw(t, "world")
		end := 0
		for rank := range world {
			from, to, longest := Place{Rank: rank, World: world}.Slice(n)
			if from != end || to < from || to-from > longest {
				t.Fatalf("rank %d of %d has [%d, %d) of %d, at most %d", rank, world, from, to, n, longest)
			}
			end = to
		}
		if end != n {
			t.Fatalf("they end at %d of %d", end, n)
		}
	})
}
