package libtorch

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Report is what there is to build and run the parts that need libtorch, and
// what is missing.
type Report struct {
	Ready     bool      `json:"ready"`              // libtorch and a compiler are there
	Platform  string    `json:"platform"`           // linux/amd64
	Places    []Place   `json:"places"`             // where libtorch was looked for, in order
	Libtorch  *Install  `json:"libtorch,omitempty"` // the one that is used; nil for none
	Compiler  *Compiler `json:"compiler,omitempty"` // nil for none
	Pip       string    `json:"pip,omitempty"`      // the Python whose pip a download would use; "" for none
	GPU       GPU       `json:"gpu"`
	Go        string    `json:"go,omitempty"` // what the go command on PATH says of itself; "" for none
	Cache     Disk      `json:"cache"`
	Folder    Disk      `json:"folder"`               // the working folder
	OpenFiles int64     `json:"open_files,omitempty"` // how many files a process may have open; 0 for unknown
	Problems  []string  `json:"problems,omitempty"`   // what is missing, one line each
	Next      []string  `json:"next"`                 // what to type or do next, most useful first
}

// GPU tells whether training can use one.
type GPU struct {
	Devices []string `json:"devices,omitempty"` // name, memory and driver of each, as nvidia-smi says
	Driver  bool     `json:"driver"`            // nvidia-smi is there
	Torch   bool     `json:"torch"`             // the libtorch that is used has its GPU part
}

// Disk is a folder and the room in it.
type Disk struct {
	Path string `json:"path"`
	Free int64  `json:"free_bytes"` // for this user; -1 for unknown
}

// Describe looks at everything and changes nothing.
func Describe(ctx context.Context) Report {
	return DefaultOptions().describe(ctx)
}

func (o Options) describe(ctx context.Context) Report {
	r := Report{Platform: runtime.GOOS + "/" + runtime.GOARCH, Cache: Disk{Path: o.Cache, Free: -1}}
	if err := o.Validate(); err != nil {
		r.Problems = append(r.Problems, err.Error())
	} else {
		r.describePlaces(ctx, o)
		r.Cache = disk(o.Cache)
	}
	if c, err := FindCompiler(ctx, o.Wait); err != nil {
		r.Problems = append(r.Problems, err.Error())
	} else {
		r.Compiler = &c
	}
	if pip, err := o.findPip(ctx); err == nil {
		r.Pip = pip
	}
	r.GPU = o.gpu(ctx)
	r.GPU.Torch = r.Libtorch != nil && r.Libtorch.CUDA
	if version, err := ask(ctx, o.Wait, "", "go", "version"); err == nil {
		r.Go = version
	}
	if dir, err := os.Getwd(); err == nil {
		r.Folder = disk(dir)
	}
	if n, err := openFiles(); err == nil {
		r.OpenFiles = n
	}
	r.Ready = r.Libtorch != nil && r.Compiler != nil
	r.Next = r.next()
	return r
}

// describePlaces lists the places. As for Find, a $LIBTORCH that cannot be
// used is not passed over.
func (r *Report) describePlaces(ctx context.Context, o Options) {
	blocked := false
	for p := range o.places(ctx) {
		r.Places = append(r.Places, p)
		if p.Install != nil && r.Libtorch == nil && !blocked {
			r.Libtorch = p.Install
		}
		if p.Source == FromGiven && p.Install == nil {
			blocked = true
			r.Problems = append(r.Problems, "cannot use "+p.String())
		}
	}
}

// next says what to do, from what is there and what is missing.
func (r *Report) next() (next []string) {
	if r.Compiler == nil {
		next = append(next, "a C++ compiler: "+compilerHint)
	}
	given := len(r.Places) > 0 && r.Places[0].Source == FromGiven && r.Places[0].Install == nil
	switch {
	case given:
		next = append(next, "unset LIBTORCH, or set it to a folder with include/ and lib/ of libtorch "+supportedText)
	case r.Libtorch != nil:
		next = append(next, "task build")
	case pinned() != nil && r.Pip != "":
		next = append(next, "task libtorch (downloads "+megabytes(totalSize(pinned()))+", once), or "+waysOut)
	case pinned() != nil:
		next = append(next, "install pip (Debian, Ubuntu: apt-get install python3-pip), then task libtorch (downloads "+megabytes(totalSize(pinned()))+", once); or "+waysOut)
	default:
		next = append(next, waysOut)
	}
	if r.GPU.Driver && r.Libtorch != nil && !r.GPU.Torch {
		next = append(next, "to use the GPU: pip install torch, or set LIBTORCH to a libtorch with CUDA; the one in use is for the CPU")
	}
	if r.Go == "" {
		next = append(next, "to build: install Go 1.26 or later")
	}
	if r.OpenFiles > 0 && r.OpenFiles < 1024 {
		next = append(next, "to keep many requests in flight: ulimit -n 4096")
	}
	return next
}

// gpu asks the NVIDIA driver.
func (o Options) gpu(ctx context.Context) GPU {
	if _, err := exec.LookPath("nvidia-smi"); err != nil {
		return GPU{}
	}
	g := GPU{Driver: true}
	out, err := ask(ctx, o.Wait, "", "nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader")
	if err == nil && out != "" {
		g.Devices = strings.Split(out, "\n")
	}
	return g
}

// disk gives the room of a folder, or of the nearest folder above it that
// exists.
func disk(dir string) Disk {
	d := Disk{Path: dir, Free: -1}
	for at := dir; ; {
		if n, err := freeSpace(at); err == nil {
			d.Free = n
			return d
		}
		up := filepath.Dir(at)
		if up == at {
			return d
		}
		at = up
	}
}
