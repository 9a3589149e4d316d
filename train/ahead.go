package train

// ahead brings what load makes of steps, in order, before it is asked for.
type ahead[T any] struct {
	load  func(step int) T
	steps int // where to end
	queue chan T
	quit  chan struct{}
	next  int
}

// aheadBy is the number of steps prepared before they are asked for.
const aheadBy = 2

func newAhead[T any](steps int, load func(step int) T) *ahead[T] {
	return &ahead[T]{load: load, steps: steps}
}

// at gives what load makes of a step below steps. It goes on from the step
// before, and starts anew after a jump, as at the first call: a resumed run
// starts where it stands.
func (a *ahead[T]) at(step int) T {
	if a.queue == nil || step != a.next {
		a.stop()
		a.start(step)
	}
	a.next = step + 1
	return <-a.queue
}

func (a *ahead[T]) start(step int) {
	queue, quit := make(chan T, aheadBy), make(chan struct{})
	a.queue, a.quit = queue, quit
	go func() {
		defer close(queue)
		for n := step; n < a.steps; n++ {
			select {
			case queue <- a.load(n):
			case <-quit:
				return
			}
		}
	}()
}

// stop ends the work and waits for it.
func (a *ahead[T]) stop() {
	if a.queue == nil {
		return
	}
	close(a.quit)
	for range a.queue { // until the goroutine has closed it
	}
	a.queue = nil
}
