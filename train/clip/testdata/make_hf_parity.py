"""Makes testdata/parity/hf: a small random CLIPModel of transformers, its inputs and features.

Made with torch 2.11.0, transformers 5.23.0, safetensors 0.8.0: python3 make_hf_parity.py
"""
import os

import torch
import transformers
from safetensors.torch import save_file
from transformers import CLIPConfig, CLIPModel

torch.manual_seed(11)
torch.set_num_threads(1)
out = os.path.join(os.path.dirname(os.path.abspath(__file__)), "parity", "hf")
model = CLIPModel(CLIPConfig(
    projection_dim=12,
    text_config=dict(vocab_size=50, hidden_size=16, intermediate_size=40, num_hidden_layers=2, num_attention_heads=2,
                     max_position_embeddings=10, hidden_act="quick_gelu", eos_token_id=49, bos_token_id=48),
    vision_config=dict(image_size=16, patch_size=8, hidden_size=24, intermediate_size=48, num_hidden_layers=2,
                       num_attention_heads=3, hidden_act="quick_gelu"),
)).eval()
with torch.no_grad():  # numbers that matter everywhere
    for n, p in model.named_parameters():
        if p.ndim > 1 or n == "vision_model.embeddings.class_embedding":
            p.normal_(std=p.shape[-1] ** -0.5)
        elif n != "logit_scale":
            p.add_(torch.randn_like(p) * 0.2)
model.save_pretrained(out)

lengths = [4, 10, 2, 7]
ids = torch.full((len(lengths), 10), 49)
for i, n in enumerate(lengths):
    ids[i, : n - 1] = torch.randint(0, 48, (n - 1,))
    ids[i, 0] = 48
images = torch.randn(3, 3, 16, 16)
with torch.no_grad():
    # The projections are applied by hand: get_text_features has changed what it returns.
    texts = model.text_projection(model.text_model(input_ids=ids).pooler_output)
    features = model.visual_projection(model.vision_model(pixel_values=images).pooler_output)
save_file(dict(ids=ids, lengths=torch.tensor(lengths), images=images, texts=texts, image_features=features),
          os.path.join(out, "expected.safetensors"))
print(transformers.__version__, texts.abs().mean().item(), features.abs().mean().item())
