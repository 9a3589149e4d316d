//go:build libtorch

package train

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/clip"
	"github.com/pcclip/pcclip/train/ranks"
	"github.com/pcclip/pcclip/train/torch"
)

// crewTimeout bounds the wait for the other processes: long enough for one that
// reads its data or writes a checkpoint.
const crewTimeout = 30 * time.Minute

// crew is this process among several that do one training together: each embeds
// its part of every batch, all see the loss of the whole batch, and their
// gradients are added up. They hold the same weights, and only the first one
// writes. A nil crew is one process alone.
type crew struct {
	place ranks.Place
	th    *torch.Thread
	team  *torch.Team
	alone bool // an operation has failed: the others are gone
}

// join waits for the other processes; nil where there are none.
func join(ctx context.Context, th *torch.Thread, place ranks.Place, exchange string, progress Progress) (*crew, error) {
	if place.World <= 1 {
		return nil, nil
	}
	progress.Note("waiting for all %d processes", place.World)
	team, err := th.JoinTeam(ctx, torch.TeamOptions{
		Rank: place.Rank, World: place.World, Host: place.Host, Port: place.Port, Client: place.Client,
		Name: fmt.Sprintf("pcclip/%d", place.Attempt), Interface: os.Getenv("GLOO_SOCKET_IFNAME"), Timeout: crewTimeout,
		Exchange: exchange,
	})
	if err != nil {
		return nil, err
	}
	if team.WhyGloo != nil {
		progress.Note("gradients go from GPU to GPU by way of the host: %v", team.WhyGloo)
	}
	return &crew{place: place, th: th, team: team}, nil
}

func (c *crew) leave() {
	if c != nil {
		_ = c.team.Leave(c.th, !c.alone) // the others have what they need, or an error of their own
	}
}

// size gives the number of processes.
func (c *crew) size() int {
	if c == nil {
		return 1
	}
	return c.place.World
}

// leads says whether this process writes.
func (c *crew) leads() bool { return c == nil || c.place.Rank == 0 }

// share gives the numbers of all processes, those of the first one first.
func (c *crew) share(mine ...float32) (all []float32, err error) {
	err = c.th.Do(context.Background(), func(s *torch.Scope) error {
		all = s.Share(c.team, mine)
		return nil
	})
	return all, c.lost(err)
}

// lost names the failure of an operation that others did not join.
func (c *crew) lost(err error) error {
	if err == nil {
		return nil
	}
	c.alone = true
	return c.fault(fmt.Errorf("another process has ended: %w", err), "see what it said, and start all of them again with --resume")
}

// told is lost for what an operation of a step has to say, where it is that.
func (c *crew) told(err error) error {
	if e, ok := errors.AsType[*torch.Error](err); ok && e.Team {
		return c.lost(err)
	}
	return err
}

func (c *crew) fault(err error, hint string) *fault.Error {
	return &fault.Error{Op: "train", Where: fmt.Sprintf("process %d of %d", c.place.Rank, c.place.World), Err: err, Hint: hint}
}

// any says whether it is so for any process. All of them ask.
func (c *crew) any(so bool) (bool, error) {
	if c == nil {
		return so, nil
	}
	all, err := c.share(flag(so))
	for _, x := range all {
		so = so || x > 0
	}
	return so, err
}

// turn is what all processes agree on before a step: whether any of them is to
// stop, and whether the clock of the first one asks for a checkpoint.
func (c *crew) turn(stop, late bool) (anyStops, firstLate bool, err error) {
	if c == nil {
		return stop, late, nil
	}
	all, err := c.share(flag(stop), flag(late))
	if err != nil {
		return false, false, err
	}
	for rank := range c.place.World {
		stop = stop || all[2*rank] > 0
	}
	return stop, all[1] > 0, nil
}

func flag(on bool) float32 {
	if on {
		return 1
	}
	return 0
}

// all gives this process's error, or tells of another one's. All of them ask.
func (c *crew) all(err error) error {
	if c == nil {
		return err
	}
	failed, lost := c.any(err != nil)
	switch {
	case err != nil:
		return err
	case lost != nil:
		return lost
	case failed:
		return c.fault(errors.New("another process has failed"), "see what it said")
	}
	return nil
}

// lead has the first process do something while the others wait for it.
func (c *crew) lead(do func() error) error {
	var err error
	if c.leads() {
		err = do()
	}
	return c.all(err)
}

// agree refuses processes that were started with different things.
func (c *crew) agree(what string, doc []byte) error {
	if c == nil {
		return nil
	}
	sum := sha256.Sum256(doc)
	digest := make([]float32, 16) // of 16 bits each: exact in float32
	for i := range digest {
		digest[i] = float32(binary.LittleEndian.Uint16(sum[2*i:]))
	}
	all, err := c.share(digest...)
	if err != nil {
		return err
	}
	for i, x := range all {
		if x != digest[i%len(digest)] {
			other := c.fault(fmt.Errorf("process %d has another %s", i/len(digest), what), "start all of them with the same line, on the same files")
			other.Code = fault.Usage
			return other
		}
	}
	return nil
}

// encode is encodeTexts by all processes: each embeds its part, all get all
// features, and back brings the gradients of the whole batch into every model.
func (c *crew) encode(s *torch.Scope, model *clip.Model, texts [][]int32, how encoding) features {
	if c == nil {
		return encodeTexts(s, model, texts, how)
	}
	from, to, longest := c.place.Slice(len(texts))
	part, mine := s.Zeros(longest, model.Config().EmbedDim), features{}
	if to > from {
		mine = encodeTexts(s, model, texts[from:to], how)
		part = s.Detach(mine.value)
	}
	if rest := longest - (to - from); to > from && rest > 0 {
		part = s.Cat(0, part, s.Zeros(rest, model.Config().EmbedDim))
	}
	leaf := s.Leaf(s.Narrow(s.AllGather(c.team, part), 0, 0, len(texts)))
	return features{value: leaf, back: func(s *torch.Scope) {
		if !c.leads() {
			model.Params().ZeroGrad(s) // what the loss itself has left, as to its temperature, counts once
		}
		if to > from {
			s.Backward(s.Sum(s.Mul(mine.value, s.Narrow(s.LeafGrad(leaf), 0, from, to-from))))
			mine.back(s)
		}
		model.Params().AllReduceGrad(c.team)
	}}
}
