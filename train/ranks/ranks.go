// Package ranks tells a process of its place among several that train together,
// as launchers such as torchrun and srun put it into the environment.
package ranks

import (
	"net"
	"strconv"
	"strings"

	"github.com/pcclip/pcclip/shards/fault"
)

// Place is the place of a process. The zero value is none; Alone is one process.
type Place struct {
	Rank       int    // from 0
	World      int    // number of processes, at least 1
	LocalRank  int    // from 0, among those on this machine: its GPU
	LocalWorld int    // of them that share this machine's cores, at least 1
	Host       string // where they find each other
	Port       int
	Client     bool // the launcher serves the store: rank 0 is a client too
	Attempt    int  // how often the launcher has started them again
}

// Alone is the place of a process that trains by itself.
var Alone = Place{World: 1, LocalWorld: 1}

// defaultPort is torch's own.
const defaultPort = 29500

// FromEnv reads what torchrun sets, or a person: WORLD_SIZE, RANK, LOCAL_RANK,
// LOCAL_WORLD_SIZE, MASTER_ADDR (127.0.0.1), MASTER_PORT (29500),
// TORCHELASTIC_USE_AGENT_STORE and TORCHELASTIC_RESTART_COUNT. Without
// WORLD_SIZE it reads what Slurm's srun sets for each of several tasks. Without
// either the process is alone.
func FromEnv(get func(name string) string) (Place, error) {
	if get("WORLD_SIZE") == "" {
		given := get
		get = func(name string) string { return slurm(given, name) }
	}
	if get("WORLD_SIZE") == "" {
		return Alone, nil
	}
	p := Place{Host: "127.0.0.1", Client: get("TORCHELASTIC_USE_AGENT_STORE") == "True"}
	if host := get("MASTER_ADDR"); host != "" {
		p.Host = host
	}
	for _, v := range []struct {
		name       string
		to         *int
		least, not int // the smallest value, and the value where it is not set
	}{
		{"WORLD_SIZE", &p.World, 1, 0},
		{"RANK", &p.Rank, 0, -1},
		{"LOCAL_RANK", &p.LocalRank, 0, -1},
		{"LOCAL_WORLD_SIZE", &p.LocalWorld, 1, 0},
		{"MASTER_PORT", &p.Port, 1, defaultPort},
		{"TORCHELASTIC_RESTART_COUNT", &p.Attempt, 0, 0},
	} {
		*v.to = v.not
		text := get(v.name)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < v.least || v.name == "MASTER_PORT" && n > 65535 {
			return Place{}, fault.Input("read environment", v.name, "unset WORLD_SIZE to train in one process, or let torchrun set them all", "%q is out of range", text)
		}
		*v.to = n
	}
	if p.Rank < 0 || p.Rank >= p.World {
		return Place{}, fault.Input("read environment", "RANK", "give each process its own, 0 up to WORLD_SIZE - 1, or unset WORLD_SIZE", "%q of %d processes", get("RANK"), p.World)
	}
	if p.World == 1 {
		return Alone, nil
	}
	p.settle()
	return p, nil
}

// settle fills in what was not told: processes that meet on the loopback are all
// on this machine.
func (p *Place) settle() {
	here := p.Host == "localhost" || net.ParseIP(p.Host).IsLoopback()
	if p.LocalWorld == 0 {
		p.LocalWorld = 1
		if here {
			p.LocalWorld = p.World
		}
	}
	if p.LocalRank < 0 {
		p.LocalRank = 0
		if here {
			p.LocalRank = p.Rank
		}
	}
}

// slurm gives torch's variables for a task of a step of several, as srun starts
// it; MASTER_ADDR and MASTER_PORT may be given still. A task's cores are its own,
// so that no other shares them.
func slurm(get func(string) string, name string) string {
	tasks := get("SLURM_STEP_NUM_TASKS")
	if tasks == "" || tasks == "1" {
		return ""
	}
	switch given := get(name); {
	case name == "WORLD_SIZE":
		return tasks
	case name == "RANK":
		return get("SLURM_PROCID")
	case name == "LOCAL_RANK":
		return get("SLURM_LOCALID")
	case name == "LOCAL_WORLD_SIZE":
		return "1"
	case name == "MASTER_ADDR" && given == "":
		return firstHost(get("SLURM_STEP_NODELIST"))
	case name == "MASTER_PORT" && given == "":
		job, _ := strconv.Atoi(get("SLURM_JOB_ID")) // jobs on one machine take different ports
		return strconv.Itoa(20000 + job%10000)
	default:
		return given
	}
}

// firstHost gives the first of Slurm's list of machines, such as gpu[03-07,9].
func firstHost(list string) string {
	end := strings.IndexAny(list, ",[")
	if end < 0 || list[end] == ',' {
		host, _, _ := strings.Cut(list, ",")
		return host
	}
	first := list[end+1:]
	if stop := strings.IndexAny(first, "-,]"); stop >= 0 {
		first = first[:stop]
	}
	_, after, _ := strings.Cut(list[end:], "]")
	after, _, _ = strings.Cut(after, ",")
	return list[:end] + first + after
}

// Slice gives the part [from, to) of n things that is this process's, and the
// length of the longest part.
func (p Place) Slice(n int) (from, to, longest int) {
	longest = (n + p.World - 1) / p.World
	from = min(n, p.Rank*longest)
	return from, min(n, from+longest), longest
}
