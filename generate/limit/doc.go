// Package limit decides how much may be sent to an endpoint, and when. A Budget
// keeps the rates that a provider allows, a Concurrency finds how many requests
// in flight make the most of a server, a Pool chooses among several endpoints.
//
// All of it is logic without a clock: every method takes the present time, none
// sleeps, none starts a goroutine. One goroutine owns each value. The same
// calls with the same times give the same answers.
package limit
