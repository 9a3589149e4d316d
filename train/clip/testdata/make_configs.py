# Makes the configurations this package is tested with.
# Run in this folder with: open_clip_torch 3.3.0, transformers 5.23.0.
import json, os, shutil
import open_clip
from transformers import CLIPConfig, CLIPImageProcessor

src = os.path.join(os.path.dirname(open_clip.__file__), "model_configs")
for name in ["ViT-B-32", "ViT-B-16", "ViT-L-14", "ViT-H-14", "ViT-B-32-quickgelu", "RN50", "ViT-B-16-SigLIP"]:
    shutil.copyfile(os.path.join(src, name + ".json"), f"openclip-{name}.json")

os.makedirs("hf", exist_ok=True)
hf = CLIPConfig(
    projection_dim=768,
    text_config=dict(hidden_size=768, intermediate_size=3072, num_attention_heads=12, hidden_act="gelu", projection_dim=768),
    vision_config=dict(hidden_size=1024, intermediate_size=4096, num_hidden_layers=24, num_attention_heads=16,
                       patch_size=14, hidden_act="gelu", projection_dim=768),
)
json.dump({**hf.to_dict(), "architectures": ["CLIPModel"]}, open("hf/config.json", "w"), indent=1, sort_keys=True)
json.dump(CLIPImageProcessor().to_dict(), open("hf/preprocessor_config.json", "w"), indent=1, sort_keys=True)
