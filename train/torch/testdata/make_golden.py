"""Makes golden.json: operations, their gradients and optimiser steps computed by PyTorch.

Made with torch 2.11.0, one thread: python3 make_golden.py
"""
import json
import os

import torch
import torch.nn.functional as F

torch.manual_seed(3)
torch.set_num_threads(1)
cases = []


def tensor(t):
    return dict(shape=list(t.shape), data=[float(f"{x:.9g}") for x in t.detach().double().flatten().tolist()])


def case(name, fn, *inputs):
    """Inputs that are floats get gradients of sum(out * weight)."""
    leaves = [x.clone().requires_grad_() if x.is_floating_point() else x for x in inputs]
    out = fn(*leaves)
    c = dict(name=name, inputs=[dict(tensor(x), ints=not x.is_floating_point()) for x in inputs], out=tensor(out))
    if out.requires_grad:
        weight = torch.randn(out.shape)
        (out * weight).sum().backward()
        c["weight"] = tensor(weight)
        c["grads"] = [tensor(x.grad) if x.is_floating_point() and x.grad is not None else None for x in leaves]
    cases.append(c)


r = torch.randn
a, b = r(3, 4), r(3, 4)
case("add", lambda x, y: x + y, a, r(4))
case("sub", lambda x, y: x - y, a, r(3, 1))
case("mul", lambda x, y: x * y, a, b)
case("div", lambda x, y: x / y, a, b.abs() + 1)
case("mul scalar", lambda x: x * -2.5, a)
case("add scalar", lambda x: x + 0.75, a)
case("exp", torch.exp, a)
case("log", torch.log, a.abs() + 0.1)
case("sigmoid", torch.sigmoid, a)
case("clamp", lambda x: x.clamp(-0.5, 0.5), a)
case("gelu", lambda x: F.gelu(x), r(20) * 3)
case("quick gelu", lambda x: x * torch.sigmoid(1.702 * x), r(20) * 3)
case("matmul", torch.matmul, r(2, 3, 4), r(4, 5))
case("linear", F.linear, r(2, 3, 4), r(5, 4), r(5))
case("layer norm", lambda x, w, c: F.layer_norm(x, (6,), w, c, 1e-5), r(2, 3, 6) * 2 + 1, r(6), r(6))
case("embedding", lambda w, i: F.embedding(i, w), r(7, 3), torch.tensor([[0, 6, 2], [2, 2, 5]]))
case("patches", lambda x, w: F.conv2d(x, w, stride=2), r(2, 3, 4, 6), r(5, 3, 2, 2))
case("reshape", lambda x: x.reshape(2, -1), a)
case("reshape scalar", lambda x: x.reshape(()), r(1))
case("transpose", lambda x: x.transpose(0, 2), r(2, 3, 4))
case("narrow", lambda x: x.narrow(1, 1, 2), a)
case("select", lambda x: x.select(1, 2), a)
case("index select", lambda x, i: x.index_select(0, i), a, torch.tensor([2, 0, 2]))
case("gather", lambda x, i: x.gather(1, i), a, torch.tensor([[3, 0], [1, 1], [2, 0]]))
case("expand", lambda x: x.expand(2, 3, 4), r(1, 3, 1))
case("cat", lambda x, y: torch.cat([x, y], 1), a, r(3, 2))
case("mean", lambda x: x.mean(), a)
case("sum", lambda x: x.sum(), a)
case("sum over 0 and 2", lambda x: x.sum((0, 2)), r(2, 3, 4))
case("mean over 1", lambda x: x.mean(1), r(2, 3, 4))
case("norm", lambda x: x.norm(dim=-1), a)
case("normalize", lambda x: F.normalize(x, dim=-1), torch.cat([a, torch.zeros(1, 4), a[:1] * 1e-13]))
case("diagonal", lambda x: x.diagonal(), r(4, 4))
case("softmax", lambda x: x.softmax(0), a)
case("log softmax", lambda x: x.log_softmax(1), a)
case("cross entropy", lambda x, t: F.cross_entropy(x, t), r(5, 4) * 3, torch.tensor([0, 3, 3, 1, 2]))
case("argmax", lambda x: x.argmax(1), torch.tensor([[1.0, 3, 3, 0], [5, 5, 5, 5], [-2, -3, -1, -1]]))
bits = torch.tensor([[1, 0], [0, 0]]), torch.tensor([[1, 0]])
case("or", lambda x, y: torch.logical_or(x, y).float(), *bits)
case("and", lambda x, y: torch.logical_and(x, y).float(), *bits)
case("not", lambda x: torch.logical_not(x).float(), bits[0])
case("where", lambda c, x, y: torch.where(c.eq(c.flip(0)), x, y), torch.tensor([[1], [2], [3]]), a, b)
case("masked fill", lambda x, m: x.masked_fill(m.eq(1), -2.0), a, torch.tensor([1, 0, 0, 1]))
case("detach", lambda x: x * x.detach(), a)
case("bfloat16", lambda x: x.bfloat16().float(), a)
q = r(2, 2, 5, 3), r(2, 2, 5, 3), r(2, 2, 5, 3)
case("attention", lambda x, y, z: F.scaled_dot_product_attention(x, y, z), *q)
case("causal attention", lambda x, y, z: F.scaled_dot_product_attention(x, y, z, is_causal=True), *q)


def train(clip, pull=0.0):
    """Twenty steps of AdamW on two groups and one frozen parameter, an average of decay 0.9 beside."""
    torch.manual_seed(4)
    p = dict(w=r(3, 4), u=r(5, 3) * 0.5, b=r(3), scale=r(()), frozen=r(3))
    start = {n: tensor(t) for n, t in p.items()}
    for n in p:
        p[n].requires_grad_(n != "frozen")
    x = r(20, 6, 4)
    opt = torch.optim.AdamW(
        [dict(params=[p["w"], p["u"]], weight_decay=0.1), dict(params=[p["b"], p["scale"]], weight_decay=0.0)],
        lr=1e-2, betas=(0.9, 0.98), eps=1e-6)
    losses, norms = [], []
    begun = {n: t.detach().clone() for n, t in p.items()}
    average = {n: t.clone() for n, t in begun.items()}
    for i in range(20):
        h = F.gelu(F.linear(x[i], p["w"], p["b"]) + p["frozen"]) @ p["u"].T
        loss = (h * h).mean() * p["scale"].exp()
        loss = loss + pull / 2 * sum(((t - begun[n]) ** 2).sum() for n, t in p.items())
        opt.zero_grad()
        loss.backward()
        norms.append(float(torch.nn.utils.clip_grad_norm_([t for t in p.values() if t.requires_grad], clip)))
        opt.step()
        for n, t in p.items():
            average[n] = 0.9 * average[n] + 0.1 * t.detach()
        losses.append(loss.item())
    trained = [n for n in p if n != "frozen"]
    return dict(clip=clip, pull=pull, average={n: tensor(average[n]) for n in trained}, start=start, inputs=tensor(x), losses=losses, norms=norms,
                end={n: tensor(t) for n, t in p.items()},
                exp_avg={n: tensor(opt.state[p[n]]["exp_avg"]) for n in trained},
                exp_avg_sq={n: tensor(opt.state[p[n]]["exp_avg_sq"]) for n in trained})


golden = dict(cases=cases, training=[train(1e9), train(0.5), train(0.5, pull=0.3)])
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden.json"), "w") as f:
    json.dump(golden, f)
    f.write("\n")
print(torch.__version__, len(cases), "cases")
