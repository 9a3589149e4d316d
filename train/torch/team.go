//go:build libtorch

package torch

// #cgo CXXFLAGS: -I${SRCDIR}
// #include <stdlib.h>
// #include "shim_team.h"
import "C"

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"
	"unsafe"

	"github.com/sugarme/gotch/libtch"

	"github.com/pcclip/pcclip/shards/fault"
)

// Team is a process and the others that train with it, over libtorch's c10d
// with Gloo; tensors of a GPU travel by NCCL where there is one, else by way of
// the host. All of them do the same operations in the same order; one that ends
// makes the others' next operation fail, over NCCL the next Share, or what waits
// longer than the timeout. Leave it on its Thread.
type Team struct {
	Rank     int    // of this process, from 0
	World    int    // number of processes, at least 2
	Exchange string // "gloo", or "nccl" and its version
	WhyGloo  error  // what kept GPUs from NCCL; nil where nothing did
	c        C.pc_team
	server   bool // this process serves the store
}

// TeamOptions say how a team finds together.
type TeamOptions struct {
	Rank, World int
	Host        string // of the store
	Port        int
	Client      bool          // rank 0 is a client too: the launcher serves the store
	Name        string        // of this team among all that use the store
	Interface   string        // network interface between the processes; "" finds one
	Exchange    string        // of tensors of a GPU: AutoExchange, Gloo or NCCL; "" is AutoExchange
	Timeout     time.Duration // for the others to come, and for them to join an operation
	library     string        // that stands in for NCCL and takes tensors of the thread's device; "": NCCL itself
}

const (
	// arrival is the time between two looks at who has come.
	arrival = 50 * time.Millisecond
	// parting bounds the wait for the others when a team ends.
	parting = 5 * time.Second
)

// JoinTeam waits until all processes of a team are there. Rank 0 serves the
// store, on the address alone that Host names.
func (t *Thread) JoinTeam(ctx context.Context, o TeamOptions) (*Team, error) {
	team := &Team{Rank: o.Rank, World: o.World, server: o.Rank == 0 && !o.Client}
	if err := t.gather(ctx, team, o); err != nil {
		if fault.ExitCode(err) == fault.Usage || ctx.Err() != nil {
			return nil, err
		}
		return nil, &fault.Error{
			Op: "join the other processes", Where: o.address(), Err: err,
			Hint: fmt.Sprintf("start all %d of them, with the same MASTER_ADDR and MASTER_PORT", o.World),
		}
	}
	return team, nil
}

func (o TeamOptions) address() string { return net.JoinHostPort(o.Host, fmt.Sprint(o.Port)) }

// gather opens or finds the store, waits for the others, and connects to them.
func (t *Thread) gather(ctx context.Context, m *Team, o TeamOptions) error {
	wait, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	if err := t.enter(wait, m, o); err != nil {
		return err
	}
	err := t.await(wait, m)
	if err == nil {
		near := ""
		if o.here() { // no other machine can take part
			near = o.Host
		}
		device, name := C.CString(near), C.CString(o.Interface)
		defer C.free(unsafe.Pointer(device))
		defer C.free(unsafe.Pointer(name))
		err = t.Do(ctx, func(*Scope) error {
			return failure("connect", C.pc_team_connect(m.c, C.int(o.Rank), C.int(o.World), device, name, C.int64_t(o.Timeout.Milliseconds())))
		})
	}
	if err == nil {
		err = t.exchange(ctx, m, o)
	}
	if err != nil {
		return errors.Join(err, m.free(t))
	}
	return nil
}

func (o TeamOptions) here() bool {
	ip := net.ParseIP(o.Host)
	return o.Host == "localhost" || ip != nil && ip.IsLoopback()
}

// enter opens the store, or finds it, and says in it that this process is there.
// When the time is up meanwhile, await tells who came.
func (t *Thread) enter(ctx context.Context, m *Team, o TeamOptions) error {
	listener := -1
	var err error
	if m.server {
		if listener, err = listen(o); err != nil {
			return err
		}
	} else if err := reach(ctx, o.address()); err != nil {
		return err
	}
	host, name := C.CString(o.Host), C.CString(o.Name)
	defer C.free(unsafe.Pointer(host))
	defer C.free(unsafe.Pointer(name))
	return t.Do(context.WithoutCancel(ctx), func(*Scope) error {
		return failure("open store", C.pc_team_join(&m.c, host, C.int(o.Port), C.int(listener), name, C.int64_t(o.Timeout.Milliseconds())))
	})
}

// reach waits until somebody listens there. libtorch would wait too, but deaf to
// the context.
func reach(ctx context.Context, address string) error {
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-time.After(arrival):
		case <-ctx.Done():
			return fmt.Errorf("nobody listens there: %w", err)
		}
	}
}

// await waits until all processes are there.
func (t *Thread) await(ctx context.Context, m *Team) error {
	for {
		var n C.int64_t
		err := t.Do(context.WithoutCancel(ctx), func(*Scope) error { return failure("ask store", C.pc_team_arrived(m.c, &n)) })
		if err != nil || int(n) == m.World {
			return err
		}
		if int(n) > m.World {
			return fault.Input("join the other processes", "WORLD_SIZE", "give every process a RANK of its own, or another MASTER_PORT to each training", "%d processes came, not %d", int(n), m.World)
		}
		select {
		case <-time.After(arrival):
		case <-ctx.Done():
			return fmt.Errorf("%d of %d processes came: %w", int(n), m.World, ctx.Err())
		}
	}
}

// listen opens the socket of the store and gives its descriptor away: the store
// closes it.
func listen(o TeamOptions) (descriptor int, err error) {
	l, err := net.Listen("tcp", o.address())
	if err != nil {
		return -1, fault.Input("join the other processes", "MASTER_PORT", "give a free port of this machine in MASTER_ADDR and MASTER_PORT", "%w", err)
	}
	defer l.Close()
	f, err := l.(*net.TCPListener).File()
	if err != nil {
		return -1, fmt.Errorf("join the other processes: %w", err)
	}
	defer f.Close()
	if descriptor, err = syscall.Dup(int(f.Fd())); err != nil {
		return -1, fmt.Errorf("join the other processes: %w", err)
	}
	syscall.CloseOnExec(descriptor)
	return descriptor, nil
}

// Leave ends the team. Together it waits a little until the others are done
// too, who else might lose the last operation.
func (m *Team) Leave(t *Thread, together bool) error {
	var err error
	if together {
		err = t.Do(context.Background(), func(*Scope) error {
			return failure("leave team", C.pc_team_part(m.c, flag(m.server), C.int(m.World), C.int64_t(parting.Milliseconds())))
		})
	}
	return errors.Join(err, m.free(t))
}

func (m *Team) free(t *Thread) error {
	err := t.Do(context.Background(), func(*Scope) error { return failure("leave team", C.pc_team_free(m.c)) })
	m.c = nil
	return err
}

// must panics with the error of an operation of the team.
func (m *Team) must(op string, message *C.char) {
	defer C.free(unsafe.Pointer(message))
	if message != nil {
		err := newError(op, C.GoString(message))
		err.Team = true
		panic(err)
	}
}

// Share gives the numbers of all processes, equally many of each, those of rank
// 0 first. They do not touch a GPU.
func (s *Scope) Share(m *Team, mine []float32) []float32 {
	all := make([]float32, m.World*len(mine))
	m.must("share", C.pc_team_share(m.c, C.int(m.World), (*C.float)(unsafe.SliceData(mine)), C.int(len(mine)), (*C.float)(unsafe.SliceData(all))))
	return all
}

// AllGather gives the tensors [N,..] of all processes, equally shaped, one after
// the other: [World*N,..], without a graph.
func (s *Scope) AllGather(m *Team, t *Tensor) *Tensor {
	var out C.pc_tensor
	m.must("all-gather", C.pc_team_all_gather(&out, m.c, C.int(m.World), C.pc_tensor(t.pointer())))
	return s.own("all-gather", libtch.Ctensor(unsafe.Pointer(out)))
}

// AllReduce replaces a tensor by the sum over all processes.
func (s *Scope) AllReduce(m *Team, t *Tensor) {
	m.must("all-reduce", C.pc_team_all_reduce(m.c, C.pc_tensor(t.pointer())))
}

// AllReduceGrad replaces the gradients by their sum over all processes.
func (p *Params) AllReduceGrad(m *Team) {
	m.must("all-reduce gradients", C.pc_team_all_reduce(m.c, p.gradients("all-reduce gradients")))
}
