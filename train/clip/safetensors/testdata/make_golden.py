# Makes the golden files of this package with the reference implementation.
# Run in this folder with: safetensors 0.8.0, torch 2.11, numpy.
import torch
from safetensors.torch import save_file

# What Write must equal byte for byte: float32 and int64, format=pt.
save_file(
    {
        "b.weight": torch.tensor([[1.5, -2.0, 0.25], [3.0, float("inf"), -0.0]]),
        "a.bias": torch.tensor([0.1, 0.2]),
        "scale": torch.tensor(4.6052),
        "empty": torch.zeros(0, 3),
        "ids<&>é": torch.tensor([[1, -2], [2**40, -(2**63)]], dtype=torch.int64),
        "odd": torch.arange(5, dtype=torch.float32),
    },
    "written.safetensors",
    metadata={"format": "pt"},
)

# One tensor of each type that is read.
x = torch.tensor([0.0, -0.0, 1.0, -1.5, 65504.0, 6.1e-05, 5.96e-08, 3.0e-06, float("inf"), float("-inf")])
save_file(
    {
        "f16": x.to(torch.float16),
        "bf16": torch.tensor([0.0, -0.0, 1.0, -1.5, 3.3895314e38, 9.2e-41, 1 / 3]).to(torch.bfloat16),
        "f32": torch.tensor([1 / 3, -1e-45, 3.4e38]),
        "f64": torch.tensor([1 / 3, 1e300, -1e-300, 16777217.0], dtype=torch.float64),
        "i64": torch.tensor([-(2**63), 2**63 - 1]),
        "i32": torch.tensor([-(2**31), 7], dtype=torch.int32),
        "i16": torch.tensor([-32768, 7], dtype=torch.int16),
        "i8": torch.tensor([-128, 127], dtype=torch.int8),
        "u8": torch.tensor([0, 255], dtype=torch.uint8),
        "bool": torch.tensor([True, False]),
        "f8": torch.tensor([1.0, 2.0]).to(torch.float8_e4m3fn),
    },
    "types.safetensors",
)

# Every half there is, widened by torch: bits of float32.
h = torch.arange(65536, dtype=torch.int32).to(torch.uint16).view(torch.float16)
import hashlib
w = h.to(torch.float32)
w = torch.where(torch.isnan(w), torch.zeros_like(w), w)
print("all halves, NaN as 0, sha256:", hashlib.sha256(w.numpy().tobytes()).hexdigest())
