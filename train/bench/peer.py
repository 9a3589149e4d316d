"""The loop that people write in Python, for comparison: open_clip's CLIP class in PyTorch.

Run by: go tool -modfile=tools.mod task bench:train
FOLDER holds model/ in open_clip's layout and batches.json: token ids and image differences.

Reads lines "WAY STEPS" and answers each with a line of JSON: seconds of wall clock and of
the processor, and the loss of every step. Each way has a model and an optimiser of its own:
  reference  as the published loop: every text padded to 77 tokens, torch's plain Adam, the
             loss read back each step
  longest    as PyTorch can do better: texts cut to the longest of their batch, fused Adam,
             no loss read back before the end
Neither computes gradients that nothing is done with: what is not trained is frozen.
"""
import json
import os
import sys
import time

import torch
import torch.nn.functional as F
from open_clip.model import CLIP
from safetensors.torch import load_file

FOLDER, THREADS, LR = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
CONTEXT = 77
torch.set_num_threads(THREADS)


def load():
    config = json.load(open(os.path.join(FOLDER, "model", "open_clip_config.json")))["model_cfg"]
    model = CLIP(**config)
    model.load_state_dict(load_file(os.path.join(FOLDER, "model", "open_clip_model.safetensors")))
    model.requires_grad_(False)
    model.transformer.requires_grad_(True)
    return model.train()


def padded(texts, length):
    ids = torch.zeros(len(texts), length, dtype=torch.long)
    for row, text in enumerate(texts):
        ids[row, : len(text)] = torch.tensor(text)
    return ids


def encode_cut(model, ids):
    """encode_text of ids that are shorter than the context."""
    n = ids.shape[1]
    x = model.token_embedding(ids) + model.positional_embedding[:n]
    x = model.transformer(x, attn_mask=model.attn_mask[:n, :n])
    return model.ln_final(x)[torch.arange(len(ids)), ids.argmax(1)] @ model.text_projection


def contrastive(texts, deltas):
    logits = F.normalize(texts, dim=-1) @ F.normalize(deltas, dim=-1).T
    target = torch.arange(len(logits))
    return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2


class Loop:
    def __init__(self, batches, reference):
        self.model, self.reference, self.done = load(), reference, 0
        longest = CONTEXT if reference else None
        self.batches = [
            (padded(b["texts"], longest or max(map(len, b["texts"]))), torch.tensor(b["deltas"]).view(len(b["texts"]), -1))
            for b in batches
        ]
        trained = [p for p in self.model.parameters() if p.requires_grad]
        self.optimiser = torch.optim.Adam(trained, lr=LR, fused=not reference)

    def step(self):
        ids, deltas = self.batches[self.done % len(self.batches)]
        self.done += 1
        self.optimiser.zero_grad()
        texts = self.model.encode_text(ids) if self.reference else encode_cut(self.model, ids)
        loss = contrastive(texts, deltas)
        loss.backward()
        self.optimiser.step()
        return loss.item() if self.reference else loss.detach()


def main():
    batches = json.load(open(os.path.join(FOLDER, "batches.json")))
    loops = {}
    for line in sys.stdin:
        way, steps = line.split()
        if way not in loops:
            loops[way] = Loop(batches, way == "reference")
            print(json.dumps({"ready": way, "torch": torch.__version__}), flush=True)
            continue
        wall, cpu = time.perf_counter(), time.process_time()
        losses = [loops[way].step() for _ in range(int(steps))]
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        print(json.dumps({"wall": wall, "cpu": cpu, "losses": [float(x) for x in losses]}), flush=True)


main()
