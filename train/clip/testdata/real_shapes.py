"""Features, loss and gradients of a model of a published shape by open_clip, for TestRealShapesEqualOpenCLIP.

python3 real_shapes.py FOLDER: FOLDER has open_clip_config.json and open_clip_model.safetensors
(weights at random) and gets expected.safetensors.
"""
import json
import os
import sys

import torch
import torch.nn.functional as F
from open_clip.model import CLIP
from safetensors.torch import load_file, save_file

folder = sys.argv[1]
torch.manual_seed(7)
torch.set_num_threads(1)
model = CLIP(**json.load(open(os.path.join(folder, "open_clip_config.json")))["model_cfg"]).eval()
model.load_state_dict(load_file(os.path.join(folder, "open_clip_model.safetensors")))
model.requires_grad_(False).transformer.requires_grad_(True)
lengths = [30, 77, 9]
texts = torch.zeros(len(lengths), 77, dtype=torch.long)
for i, n in enumerate(lengths):
    texts[i, :n] = torch.randint(1, 49000, (n,))
    texts[i, 0], texts[i, n - 1] = 49406, 49407
side = model.visual.image_size[0]
images = torch.randn(len(lengths), 3, side, side)
t, v = F.normalize(model.encode_text(texts), dim=-1), F.normalize(model.encode_image(images), dim=-1)
logits, target = t @ v.T * 10, torch.arange(len(lengths))
loss = (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2
loss.backward()
save_file(
    dict(images=images, texts=t.detach(), image_features=v.detach(), loss=loss.detach(), ids=texts,
         **{"grad." + n: p.grad for n, p in model.named_parameters() if p.grad is not None}),
    os.path.join(folder, "expected.safetensors"),
)
