// Package libtorch finds libtorch on this machine or fetches it, and works out
// the environment in which gotch and the project's own C++ build against it.
//
// Three places are looked at, in this order: $LIBTORCH; a Python ($PYTHON, the
// active environment, python3, python) whose torch is of a supported version;
// the project's cache folder. Where none has it, Fetch has pip download three
// pinned wheels into that cache folder and unpacks the headers and the five
// run-time files that are needed of them. Neither needs root, and nothing is
// written outside the cache folder and the environment file.
//
// An Install becomes usable by Prepare, which lays out a build folder: empty
// stub archives for the libraries that gotch names and nobody needs, so that
// none becomes a dependency of the binary, and compat.h, which defines what
// libtorch dropped or changed since the version gotch was written for. The
// folder and the flags depend on the place and version of the install alone:
// the Go build cache is keyed by the flags' text, and every checkout shares the
// minutes of the first compilation.
package libtorch
