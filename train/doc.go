// Package train finetunes CLIP's text tower on differences, trains small CLIPs
// from scratch, and embeds images and texts. The order of samples, the
// schedule, checkpoints and metrics are plain Go; what needs libtorch carries
// the build tag of that name, and a binary without it says so.
package train
