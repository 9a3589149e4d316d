# Makes the images of this folder and expected.json with Pillow and open_clip.
# Run in this folder with: Pillow 13.0.0 (libjpeg-turbo 3), open_clip_torch 3.3.0,
# torchvision, numpy.
#
# expected.json: for each file its size and the sha256 of Pillow's RGB pixels;
# for resizes and crops the sha256 of the pixels; for transforms that of the
# float32 numbers; for JPEG the pixels are in a PNG beside it.
import hashlib, json, struct, zlib
import numpy as np
from PIL import Image
from open_clip.transform import PreprocessCfg, image_transform_v2
from torchvision.transforms import CenterCrop

rng = np.random.default_rng(11)


def sha(b):
    return hashlib.sha256(b).hexdigest()


def photo(w, h):
    """Gradients, hard edges and some noise."""
    y, x = np.mgrid[0:h, 0:w]
    img = np.stack([255 * x / w, 255 * y / h, 127 + 120 * np.sin((x + 2 * y) / 9)], -1)
    img[h // 4 : h // 2, w // 3 : w // 2] = [250, 20, 30]
    img[(x // 5 + y // 7) % 6 == 0] = [10, 240, 200]
    img += rng.normal(0, 6, img.shape)
    return Image.fromarray(np.clip(img, 0, 255).astype(np.uint8))


def blocks(w, h, size):
    """Flat squares: a JPEG of it has no coefficients but the means."""
    small = rng.integers(0, 256, ((h + size - 1) // size, (w + size - 1) // size, 3), dtype=np.uint8)
    return Image.fromarray(np.kron(small, np.ones((size, size, 1), np.uint8))[:h, :w])


def png(path, arr, kind, depth, extra=b"", interlace=0):
    """Writes the samples as they are, for kinds that Pillow does not write."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    h, w = arr.shape[:2]
    raw = arr.astype(">u2" if depth == 16 else "u1").reshape(h, -1)
    rows = b"".join(b"\0" + r.tobytes() for r in raw)
    open(path, "wb").write(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, depth, kind, 0, 0, interlace)) + extra + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    )


def trns(*values):
    data = struct.pack(">%dH" % len(values), *values)
    return struct.pack(">I", len(data)) + b"tRNS" + data + struct.pack(">I", zlib.crc32(b"tRNS" + data))


exact, near = [], {}

# PNG
src = photo(61, 47)
src.save("rgb.png", optimize=True)
photo(150, 97).save("wide.png", optimize=True)
photo(33, 140).save("tall.png", optimize=True)
photo(5, 3).save("tiny.png")
Image.new("RGB", (1, 1), (7, 8, 9)).save("one.png")
src.convert("L").save("grey.png", optimize=True)
src.convert("1").save("bits.png")
src.quantize(37).save("palette.png")
src.quantize(3).save("palette2.png", bits=2)
p = src.quantize(40)
p.info["transparency"] = bytes(range(0, 200, 5))
p.save("palette-alpha.png", transparency=p.info["transparency"])
a = src.copy()
a.putalpha(src.convert("L").rotate(180))
a.save("rgba.png", optimize=True)
a.convert("LA").save("la.png", optimize=True)
g16 = rng.integers(0, 65536, (13, 17), dtype=np.uint16)
g16[:6] //= 200
png("grey16.png", g16, 0, 16)
png("grey16-key.png", g16, 0, 16, trns(int(g16[0, 0])))
png("la16.png", rng.integers(0, 65536, (9, 11, 2), dtype=np.uint16), 4, 16)
png("rgb16.png", rng.integers(0, 65536, (9, 11, 3), dtype=np.uint16), 2, 16)
png("rgba16.png", rng.integers(0, 65536, (9, 11, 4), dtype=np.uint16), 6, 16)
g8 = rng.integers(0, 256, (13, 17), dtype=np.uint8)
png("grey-key.png", g8, 0, 8, trns(int(g8[2, 2])))
png("rgb-key.png", np.stack([g8, g8, g8[::-1]], -1), 2, 8, trns(int(g8[0, 0]), int(g8[0, 0]), int(g8[12, 0])))
exact += "rgb wide tall tiny one grey bits palette palette2 palette-alpha rgba la grey16 grey16-key la16 rgb16 rgba16 grey-key rgb-key".split()
exact = [n + ".png" for n in exact]

# WebP
src.save("lossless.webp", lossless=True)
photo(60, 48).save("lossy.webp", quality=70)
src.save("lossy-odd.webp", quality=80)
a.save("lossy-alpha.webp", quality=70)
photo(1, 9).save("lossy-narrow.webp", quality=90)
exact += ["lossless.webp", "lossy.webp", "lossy-odd.webp", "lossy-alpha.webp", "lossy-narrow.webp"]

# JPEG of flat blocks: the inverse transform cannot differ, so nothing may.
for name, sub in [("444", "4:4:4"), ("422", "4:2:2"), ("420", "4:2:0")]:
    blocks(93, 75, 32).save(f"flat-{name}.jpg", quality=96, subsampling=sub)
    exact.append(f"flat-{name}.jpg")


def resample(src, dst, factors, w, h):
    """Gives a JPEG other sampling factors with as many blocks: another picture."""
    data = bytearray(open(src, "rb").read())
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", h, w)
    data[at + 11] = factors
    open(dst, "wb").write(data)
    exact.append(dst)


resample("flat-422.jpg", "flat-440.jpg", 0x12, 75, 93)
resample("flat-420.jpg", "flat-411.jpg", 0x41, 93, 75)
for w, h in [(64, 64), (1, 40), (40, 1), (4, 4), (5, 5), (6, 35)]:
    blocks(w, h, 16).save(f"flat-420-{w}x{h}.jpg", quality=96, subsampling="4:2:0")
    exact.append(f"flat-420-{w}x{h}.jpg")
blocks(3, 20, 16).save("flat-422-3x20.jpg", quality=96, subsampling="4:2:2")
blocks(93, 75, 32).convert("L").save("flat-grey.jpg", quality=96)
blocks(93, 75, 32).convert("CMYK").save("flat-cmyk.jpg", quality=96)
exact += ["flat-422-3x20.jpg", "flat-grey.jpg", "flat-cmyk.jpg"]

# JPEG of photos
photo(120, 83).save("photo-420.jpg", quality=85, subsampling="4:2:0")
photo(120, 83).save("photo-422.jpg", quality=85, subsampling="4:2:2", restart_marker_blocks=3)
photo(120, 83).save("photo-444.jpg", quality=92, subsampling="4:4:4")
photo(120, 83).save("photo-progressive.jpg", quality=85, subsampling="4:2:0", progressive=True)
photo(120, 83).convert("L").save("photo-grey.jpg", quality=85)
photo(120, 83).convert("CMYK").save("photo-cmyk.jpg", quality=85)
exif = Image.Exif()
exif[0x0112] = 6
photo(60, 30).save("photo-exif.jpg", quality=90, exif=exif)
for n in "photo-420 photo-422 photo-444 photo-progressive photo-grey photo-cmyk photo-exif".split():
    Image.open(n + ".jpg").convert("RGB").save(n + ".expected.png", optimize=True)
    near[n + ".jpg"] = n + ".expected.png"

# Not decoded
src.convert("P").save("animation.gif")
src.save("frames.webp", save_all=True, append_images=[src.rotate(90)], duration=100)

out = {"exact": {}, "near": near, "resize": [], "crop": [], "transform": []}
for n in exact:
    m = Image.open(n).convert("RGB")
    out["exact"][n] = [m.width, m.height, sha(m.tobytes())]
for n in ["rgb.png", "wide.png", "tall.png", "tiny.png", "one.png"]:
    m = Image.open(n)
    for w, h in [(m.width, m.height), (m.width, 20), (20, m.height), (1, 1), (2, 3), (7, 5), (31, 29), (60, 46), (62, 48), (100, 13), (13, 100), (224, 224), (300, 201), (m.width * 2, m.height * 2), (m.width * 3 // 2 + 1, m.height // 3 + 1)]:
        out["resize"].append([n, w, h, sha(m.resize((w, h), Image.BICUBIC).tobytes())])
for n in ["rgb.png", "wide.png", "tall.png"]:
    m = Image.open(n)
    for w, h in [(m.width, m.height), (1, 1), (10, 10), (11, 11), (m.width - 1, m.height - 3), (m.width - 5, m.height - 7)]:
        out["crop"].append([n, w, h, sha(CenterCrop((h, w))(m).tobytes())])
cfgs = [
    dict(size=32), dict(size=33), dict(size=224), dict(size=47), dict(size=48, resize_mode="squash"),
    dict(size=40, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5)), dict(size=64, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225), resize_mode="squash"),
]
for n in ["rgb.png", "wide.png", "tall.png", "tiny.png", "one.png", "grey.png"]:
    for c in cfgs:
        cfg = PreprocessCfg(**c)
        x = image_transform_v2(cfg, is_train=False)(Image.open(n))
        out["transform"].append([n, cfg.size, cfg.resize_mode, list(cfg.mean), list(cfg.std), sha(x.numpy().tobytes())])
json.dump(out, open("expected.json", "w"), indent=0)
