"""Makes golden.json: the losses of whole trainings by PyTorch with open_clip's CLIP class.

The inputs (a model, batches of ids and vectors, settings) are written by
    PCCLIP_GOLDEN_INPUTS=DIR go test -tags libtorch -run TrainingEqualsPyTorch ./train
Made with torch 2.11.0, open_clip_torch 3.3.0, safetensors 0.8.0: python3 make_golden.py DIR
"""
import json
import os
import sys

import torch
import torch.nn.functional as F
from open_clip.model import CLIP
from safetensors.torch import load_file

torch.set_num_threads(1)
HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = sys.argv[1]


def load():
    model = CLIP(**json.load(open(os.path.join(FOLDER, "model", "open_clip_config.json")))["model_cfg"]).eval()
    model.load_state_dict(load_file(os.path.join(FOLDER, "model", "open_clip_model.safetensors")), strict=False)
    return model.requires_grad_(False)


def pad(texts):
    out = torch.zeros(len(texts), 77, dtype=torch.long)
    for i, ids in enumerate(texts):
        out[i, : len(ids)] = torch.tensor(ids)
    return out


def hidden(batch, masks):
    a, b, t = (torch.tensor(batch[k] or [0]) for k in ("a", "b", "text"))
    n = len(batch["texts"])
    out = torch.zeros(n, n, dtype=torch.bool)
    if "images" in masks:
        for x, y in ((a, a), (b, b), (a, b), (b, a)):
            out |= x[:, None] == y[None]
    if "reverses" in masks:
        out |= (a[:, None] == b[None]) & (b[:, None] == a[None])
    if "texts" in masks:
        out |= t[:, None] == t[None]
    return out & ~torch.eye(n, dtype=torch.bool)


def train(run):
    o = run["options"]
    model = load()
    named = dict(model.named_parameters())
    text = ("transformer.", "ln_final.", "token_embedding.", "positional_embedding", "text_projection")
    wanted = dict(blocks=("transformer.",), text=text)[o["trainable"]]
    trained = [p.requires_grad_() for n, p in named.items() if n.startswith(wanted)]
    scale = torch.tensor(-torch.log(torch.tensor(o["temperature"], dtype=torch.float64)).item(), requires_grad=bool(o.get("learning")))
    if o.get("learning"):
        trained.append(scale)
    start = [p.detach().clone() for p in trained]
    average = [p.clone() for p in start]
    opt = torch.optim.AdamW(
        [dict(params=[p for p in trained if p.ndim > 1], weight_decay=o["weight_decay"]),
         dict(params=[p for p in trained if p.ndim < 2], weight_decay=0.0)],
        lr=o["lr"], betas=(o["beta1"], o["beta2"]), eps=o["eps"])
    losses, norms = [], []
    for batch in run["batches"]:
        texts = F.normalize(model.encode_text(pad(batch["texts"])), dim=-1)
        if o.get("centre"):
            texts = F.normalize(texts - texts.mean(0), dim=-1)
        deltas = torch.tensor(batch["deltas"]).view(len(texts), -1)
        logits = texts @ F.normalize(deltas, dim=-1).T * scale.exp()
        logits = logits.masked_fill(hidden(batch, o.get("masks") or []), float("-inf"))
        target = torch.arange(len(texts))
        if o["objective"] == "squared":
            loss = F.mse_loss(texts, deltas)
        else:
            loss = (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2
        if batch["captions"]:
            was = torch.tensor(batch["vectors"]).view(len(batch["captions"]), -1)
            loss = loss + o["anchor"] * (1 - F.cosine_similarity(model.encode_text(pad(batch["captions"])), was, dim=-1)).mean()
        loss = loss + o.get("l2_start", 0) / 2 * sum(((p - s) ** 2).sum() for p, s in zip(trained, start))
        opt.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(trained, o.get("clip") or float("inf"))
        opt.step()
        if o.get("learning") == "clamped":
            with torch.no_grad():
                scale.clamp_(0, torch.log(torch.tensor(100.0)).item())
        decay = o.get("ema", 0)
        average = [decay * a + (1 - decay) * p.detach() for a, p in zip(average, trained)]
        losses.append(loss.item())
        norms.append(norm.item())
    # How far the result has moved, tensor by tensor, as numbers that are short to store.
    moved = {n: (a - s).norm().item() for n, a, s in zip([n for n in named if named[n].requires_grad], average, start)}
    return dict(losses=losses, norms=norms, temperature=torch.exp(-scale).item(), moved=moved)


runs = json.load(open(os.path.join(FOLDER, "runs.json")))
golden = {name: train(run) for name, run in sorted(runs.items())}
with open(os.path.join(HERE, "golden.json"), "w") as f:
    json.dump(golden, f, indent=1)
    f.write("\n")
print(torch.__version__, {n: (g["losses"][0], g["losses"][-1]) for n, g in golden.items()})
