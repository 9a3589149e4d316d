package libtorch

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/pcclip/pcclip/shards/fault"
)

// minGlibc is the minor version of glibc 2 that the pinned wheels ask for.
const minGlibc = 28

// glibc refuses a system whose C library the pinned wheels cannot run on,
// before anything is downloaded. Where it cannot be asked, it passes.
func glibc(ctx context.Context, wait time.Duration) error {
	out, err := ask(ctx, wait, "", "getconf", "GNU_LIBC_VERSION")
	if err != nil || !strings.HasPrefix(out, "glibc ") {
		if _, ok := find("libc.so.6", systemFolders()); ok || compilerFinds(ctx, "libc.so.6") {
			return nil
		}
		return glibcFault("this system's C library is not glibc")
	}
	var major, minor int
	if _, err := fmt.Sscanf(out, "glibc %d.%d", &major, &minor); err == nil && major == 2 && minor < minGlibc {
		return glibcFault("this system has " + out)
	}
	return nil
}

func glibcFault(why string) error {
	return fault.Input("download libtorch", "", "set LIBTORCH to a libtorch "+supportedText+" made for this system",
		"the pinned files need glibc 2.%d, %s", minGlibc, why)
}
