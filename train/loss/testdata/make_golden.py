"""Makes golden.json: losses, their gradients and a learned temperature by PyTorch.

Made with torch 2.11.0, one thread: python3 make_golden.py
"""
import json
import os

import torch
import torch.nn.functional as F

torch.manual_seed(5)
torch.set_num_threads(1)
N, D = 9, 5
# Images and texts: rows 0 and 1 share image 4, row 2 is row 3 turned round,
# rows 5 and 6 share a text, row 8 is row 7 once more.
a = torch.tensor([4, 4, 1, 2, 5, 6, 8, 10, 10])
b = torch.tensor([0, 3, 2, 1, 6, 7, 9, 11, 11])
text = torch.tensor([0, 1, 2, 3, 4, 5, 5, 6, 7])


def numbers(t):
    return [float(f"{x:.9g}") for x in t.detach().double().flatten().tolist()]


def hidden(masks):
    out = torch.zeros(N, N, dtype=torch.bool)
    for i in range(N):
        for j in range(N):
            if i == j:
                continue
            if "images" in masks and {int(a[i]), int(b[i])} & {int(a[j]), int(b[j])}:
                out[i, j] = True
            if "texts" in masks and text[i] == text[j]:
                out[i, j] = True
            if "reverses" in masks and a[i] == b[j] and b[i] == a[j]:
                out[i, j] = True
    return out


def case(masks, temperature, learned):
    x = torch.randn(N, D, requires_grad=True)
    d = torch.randn(N, D) * 0.3
    scale = torch.tensor(-torch.log(torch.tensor(temperature)).item(), requires_grad=learned)
    cosines = F.normalize(x, dim=-1) @ F.normalize(d, dim=-1).T
    logits = cosines * scale.exp() if learned else cosines / temperature
    logits = logits.masked_fill(hidden(masks), float("-inf"))
    target = torch.arange(N)
    loss = (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2
    loss.backward()
    return dict(masks=masks, temperature=temperature, learned=learned, x=numbers(x), d=numbers(d), loss=loss.item(),
                grad=numbers(x.grad), scale_grad=scale.grad.item() if learned else 0)


def squared():
    x, d = torch.randn(N, D, requires_grad=True), torch.randn(N, D) * 0.3
    loss = F.mse_loss(F.normalize(x, dim=-1), d)
    loss.backward()
    return dict(x=numbers(x), d=numbers(d), loss=loss.item(), grad=numbers(x.grad))


def anchor():
    x, d = torch.randn(N, D, requires_grad=True), F.normalize(torch.randn(N, D), dim=-1)
    loss = (1 - F.cosine_similarity(x, d, dim=-1)).mean()
    loss.backward()
    return dict(x=numbers(x), d=numbers(d), loss=loss.item(), grad=numbers(x.grad))


cases = [case(m, t, learned) for m in ([], ["images"], ["texts"], ["reverses"], ["images", "reverses", "texts"])
         for t, learned in ((1.0, False), (0.07, False), (0.2, True))]
golden = dict(a=a.tolist(), b=b.tolist(), text=text.tolist(), dim=D, cases=cases, squared=squared(), anchor=anchor())
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden.json"), "w") as f:
    json.dump(golden, f)
    f.write("\n")
print(torch.__version__, len(cases), "cases")
