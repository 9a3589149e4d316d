// Package chart draws line charts and dot-and-interval charts as inline SVG.
// Colours come from the page: elements carry the classes axis, grid, mark, line,
// band, dot and s0 to s7, one a series, so that a style sheet can theme them.
package chart
