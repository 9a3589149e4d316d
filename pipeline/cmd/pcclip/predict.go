package main

import "github.com/posener/complete"

// Predictors of shell completion, named in the flags' tags.
var (
	filePredictor = complete.PredictFiles("*")
	dirPredictor  = complete.PredictDirs("*")
)
