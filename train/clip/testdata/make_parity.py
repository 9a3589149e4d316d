"""Makes testdata/parity: a small random CLIP by open_clip, its inputs, features and gradients.

Made with torch 2.11.0, open_clip_torch 3.3.0, safetensors 0.8.0: python3 make_parity.py
"""
import json
import os

import open_clip
import torch
from open_clip.model import CLIP
from safetensors.torch import save_file

HERE = os.path.dirname(os.path.abspath(__file__))


def make(name, quick_gelu):
    torch.manual_seed(7)
    torch.set_num_threads(1)
    cfg = dict(
        embed_dim=24,
        vision_cfg=dict(image_size=32, layers=2, width=32, patch_size=8, head_width=16),
        text_cfg=dict(context_length=20, vocab_size=300, width=32, heads=2, layers=2),
        quick_gelu=quick_gelu,
    )
    model = CLIP(**cfg).eval()
    with torch.no_grad():  # norms and biases that do something
        for n, p in model.named_parameters():
            if p.ndim < 2 and n != "logit_scale":
                p.add_(torch.randn_like(p) * 0.1)
    out = os.path.join(HERE, "parity", name)
    os.makedirs(out, exist_ok=True)
    save_file({k: v.contiguous() for k, v in model.state_dict().items() if k != "attn_mask"},
              os.path.join(out, "open_clip_model.safetensors"), metadata={"format": "pt"})
    json.dump(dict(model_cfg=cfg, preprocess_cfg=dict(mean=[0.5] * 3, std=[0.25] * 3)),
              open(os.path.join(out, "open_clip_config.json"), "w"), indent=1)

    lengths = [3, 20, 7, 12, 5, 9, 2, 16]
    texts = torch.zeros(len(lengths), 20, dtype=torch.long)
    for i, n in enumerate(lengths):
        texts[i, :n] = torch.randint(1, 298, (n,))
        texts[i, 0], texts[i, n - 1] = 298, 299
    images = torch.randn(8, 3, 32, 32)
    t, v = model.encode_text(texts), model.encode_image(images)
    norm = torch.nn.functional.normalize
    logits = norm(t, dim=-1) @ norm(v, dim=-1).T * model.logit_scale.exp()
    target = torch.arange(8)
    ce = torch.nn.functional.cross_entropy
    loss = (ce(logits, target) + ce(logits.T, target)) / 2
    loss.backward()
    grads = {"grad." + n: p.grad for n, p in model.named_parameters()}
    save_file(dict(images=images, texts=t.detach(), image_features=v.detach(), loss=loss.detach(),
                   lengths=torch.tensor(lengths), ids=texts, **grads),
              os.path.join(out, "expected.safetensors"))
    print(name, open_clip.__version__, torch.__version__, float(loss))


make("gelu", False)
make("quickgelu", True)
