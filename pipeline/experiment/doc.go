// Package experiment compares models that were trained in several ways: it
// trains every model of a plan on every seed by the same loop, scores all of
// them on the same tasks, and writes one table with errors, intervals and
// verdicts on claims. A plan stands on demo worlds, which it makes, or on a run
// folder with real data.
package experiment
