"""The step of BenchmarkSmallStep in PyTorch, by open_clip's CLIP class, one thread.

Made with torch 2.11.0, open_clip_torch 3.3.0: python3 bench_step.py
Prints CPU milliseconds a step, texts padded to 77, to the longest, and in four parts.
"""
import sys
import time

import torch
import torch.nn.functional as F
from open_clip.model import CLIP

torch.manual_seed(0)
torch.set_num_threads(1)
model = CLIP(
    embed_dim=64,
    vision_cfg=dict(image_size=32, layers=3, width=96, patch_size=8, head_width=32),
    text_cfg=dict(context_length=77, vocab_size=49408, width=96, heads=3, layers=3),
)
model.logit_scale.requires_grad_(False)
opt = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-4, betas=(0.9, 0.98), eps=1e-6, weight_decay=0.0, fused=True)
images = torch.randn(128, 3, 32, 32)
lengths = [6 + i % 14 for i in range(128)]
texts = torch.zeros(128, 77, dtype=torch.long)
for i, n in enumerate(lengths):
    texts[i, :n] = torch.randint(1, 5000, (n,))
    texts[i, 0], texts[i, n - 1] = 49406, 49407


def encode(ids):
    x = model.token_embedding(ids) + model.positional_embedding[: ids.shape[1]]
    x = model.transformer(x, attn_mask=model.attn_mask[: ids.shape[1], : ids.shape[1]])
    return model.ln_final(x)[torch.arange(len(ids)), ids.argmax(1)] @ model.text_projection


def parts(ids):
    order = ids.argmax(1).argsort()
    out = torch.cat([encode(p[:, : int(p.argmax(1).max()) + 1]) for p in ids[order].chunk(4)])
    return out[torch.empty_like(order).index_copy_(0, order, torch.arange(len(order)))]


def step(text):
    t, v = F.normalize(text(texts), dim=-1), F.normalize(model.encode_image(images), dim=-1)
    loss = F.cross_entropy(t @ v.T, torch.arange(128))
    opt.zero_grad()
    loss.backward()
    opt.step()


for name, text in [("77", encode), ("longest", lambda x: encode(x[:, : max(lengths)])), ("parts", parts)]:
    for _ in range(5):
        step(text)
    start, n = time.process_time(), int(sys.argv[1]) if len(sys.argv) > 1 else 30
    for _ in range(n):
        step(text)
    print(name, round((time.process_time() - start) / n * 1000, 1), "ms")
