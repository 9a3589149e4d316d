"""Makes testdata/parity/lora: low-rank adapters on the text tower of testdata/parity/gelu, by open_clip.

Made with torch 2.11.0, open_clip_torch 3.3.0, safetensors 0.8.0: python3 make_lora.py
"""
import json
import os

import torch
from open_clip.model import CLIP
from safetensors.torch import load_file, save_file

HERE = os.path.dirname(os.path.abspath(__file__))
base = os.path.join(HERE, "parity", "gelu")
torch.manual_seed(11)
torch.set_num_threads(1)
model = CLIP(**json.load(open(os.path.join(base, "open_clip_config.json")))["model_cfg"]).eval()
model.load_state_dict(load_file(os.path.join(base, "open_clip_model.safetensors")), strict=False)
ids = load_file(os.path.join(base, "expected.safetensors"))["ids"]
width, rank = 32, 3
adapters, weights = {}, {}
for i in range(2):
    name = f"transformer.resblocks.{i}.attn."
    for p in "q k v out".split():
        adapters[f"{name}{p}.lora_a"] = (torch.randn(rank, width) * 0.2).requires_grad_()
        adapters[f"{name}{p}.lora_b"] = (torch.randn(width, rank) * 0.2).requires_grad_()
    state = dict(model.named_parameters())
    delta = [adapters[f"{name}{p}.lora_b"] @ adapters[f"{name}{p}.lora_a"] for p in "q k v out".split()]
    weights[name + "in_proj_weight"] = state[name + "in_proj_weight"].detach() + torch.cat(delta[:3])
    weights[name + "out_proj.weight"] = state[name + "out_proj.weight"].detach() + delta[3]


class Text(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model.encode_text(x)


out = torch.func.functional_call(Text(), {"model." + k: v for k, v in weights.items()}, (ids,))
pull = torch.randn(out.shape)
(out * pull).sum().backward()
folder = os.path.join(HERE, "parity", "lora")
os.makedirs(folder, exist_ok=True)
save_file(dict(texts=out.detach(), pull=pull, **{k: v.detach() for k, v in adapters.items()},
               **{"grad." + k: v.grad for k, v in adapters.items()}, **{"merged." + k: v.detach() for k, v in weights.items()}),
          os.path.join(folder, "expected.safetensors"))
print(torch.__version__, len(adapters), "adapters")
