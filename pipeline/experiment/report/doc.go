// Package report writes the page of an experiment: one HTML file that loads
// nothing, with tables, charts and image pairs, and its figures as JSON beside
// it.
package report
