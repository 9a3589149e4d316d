package libtorch

import (
	"os"
	"path/filepath"
	"time"

	"github.com/pcclip/pcclip/shards/fault"
)

// Options says where to look. Start from DefaultOptions.
type Options struct {
	Cache  string        // the project's cache folder, absolute
	Given  string        // $LIBTORCH: the torch folder to use; "" means none given
	Python string        // $PYTHON: the Python to ask first; "" means none given
	Wait   time.Duration // the longest that a Python, a compiler or nvidia-smi may take to answer

	// Say is told what happens, one line at a time: what is skipped and why, the
	// size of a download before it starts. Nil means silence.
	Say func(line string)
	// Progress is told how many bytes of a download are there. Nil means nobody
	// is told. Calls come from one goroutine at a time.
	Progress func(done, total int64)
}

// DefaultOptions reads the environment: $LIBTORCH, $PYTHON, $PCCLIP_CACHE and
// the user's cache folder. Cache is "" where no cache folder is known; Validate
// then says so.
func DefaultOptions() Options {
	o := Options{
		Cache:  os.Getenv("PCCLIP_CACHE"),
		Given:  os.Getenv("LIBTORCH"),
		Python: os.Getenv("PYTHON"),
		Wait:   30 * time.Second,
	}
	if o.Cache == "" {
		if user, err := os.UserCacheDir(); err == nil {
			o.Cache = filepath.Join(user, "pcclip")
		}
	}
	for _, p := range []*string{&o.Cache, &o.Given} {
		if *p != "" {
			if abs, err := filepath.Abs(*p); err == nil {
				*p = abs
			}
		}
	}
	return o
}

// Validate checks the options.
func (o Options) Validate() error {
	switch {
	case o.Cache == "":
		return fault.Input("find cache folder", "", "set PCCLIP_CACHE to a folder for it", "neither $HOME nor $XDG_CACHE_HOME is set")
	case !filepath.IsAbs(o.Cache):
		return fault.Input("find cache folder", o.Cache, "set PCCLIP_CACHE to an absolute path", "not an absolute path")
	case o.Given != "" && !filepath.IsAbs(o.Given):
		return fault.Input("find libtorch", o.Given, "set LIBTORCH to an absolute path", "not an absolute path")
	case o.Wait <= 0:
		return fault.Input("find libtorch", "", "give Wait a positive duration", "Wait is %v", o.Wait)
	}
	return nil
}

// root is the part of the cache folder that belongs to this package.
func (o Options) root() string { return filepath.Join(o.Cache, "libtorch") }

// cached is where the pinned version lies, or would lie.
func (o Options) cached() string { return filepath.Join(o.root(), pinnedVersion) }

func (o Options) say(line string) {
	if o.Say != nil {
		o.Say(line)
	}
}
