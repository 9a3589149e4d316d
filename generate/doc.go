// Package generate turns a plan of image pairs into checked differences: it
// asks an endpoint about every pair, keeps every answer, judges it by rules and
// writes accepted and rejected rows into shards.
//
// Three things hold whatever fails and whenever the process is killed. Nothing
// that was answered is asked again, but for the answers of one commit window.
// The bytes of a shard follow from the plan, the settings and the answers,
// never from the order in which answers came. Every planned pair is accepted,
// rejected, failed or pending, and the manifest says how many are which.
//
// The way of a pair: Plan.Pair -> prompt -> request key -> answered already? ->
// llm.Client.Ask, again where that helps, or a line of a batch.Desk ->
// answers.Store -> check.Rules -> its block settled? -> shard.
package generate
