// Package llm asks one OpenAI-compatible endpoint and tells exactly what came
// back: an answer, or one of the named ways of not getting one, of which many
// arrive with status 200. It retries nothing and remembers nothing; whoever
// schedules the requests decides what to do next.
package llm
