"""Times what BenchmarkResize, BenchmarkTransform and a decode do, with Pillow and
open_clip on one thread. Usage: bench_pillow.py"""

import io
import time

import numpy as np
import open_clip
import PIL
import torch
from PIL import Image

torch.set_num_threads(1)


def bench(name, work, times=40):
    work()
    best = float("inf")
    for _ in range(5):
        began = time.process_time()
        for _ in range(times):
            work()
        best = min(best, (time.process_time() - began) / times)
    print(f"{name}: {best * 1e3:.2f} ms, {1 / best:.0f} images/s")


levels = (np.arange(640 * 480 * 3) * 7 % 256).astype(np.uint8)
image = Image.fromarray(levels.reshape(480, 640, 3))
noise = np.random.default_rng(0).integers(0, 255, (60, 80, 3), dtype=np.uint8)
file = io.BytesIO()
Image.fromarray(noise).resize((640, 480), Image.BICUBIC).save(file, "JPEG", quality=90)
transform = open_clip.image_transform(224, is_train=False)

print("Pillow", PIL.__version__, "open_clip", open_clip.__version__)
bench("resize and crop", lambda: image.resize((298, 224), Image.BICUBIC).crop((37, 0, 261, 224)))
bench("transform", lambda: transform(image))
bench("decode a JPEG of 640 x 480", lambda: Image.open(io.BytesIO(file.getvalue())).convert("RGB"))
