"""Renders scenes without noise, in numpy 2.x, for the test of the Go renderer: python make_scenes.py > scenes.json

Distances are written on whole arrays, apart from the Go code. Every shape, background, pattern and light occurs."""
import base64
import itertools
import json

import numpy as np

SIDE = 32
GREY = {"white": 0.92, "gray": 0.55, "black": 0.10}


def distance(shape, x, y, r):
    ax, ay, q = np.abs(x), np.abs(y), np.hypot(x, y)
    if shape == "circle":
        return q - 0.95 * r
    if shape == "ring":
        return np.abs(q - 0.76 * r) - 0.24 * r
    if shape == "square":
        return np.maximum(ax, ay) - 0.84 * r
    if shape == "cross":
        return np.minimum(np.maximum(ax - r, ay - 0.3 * r), np.maximum(ay - r, ax - 0.3 * r))
    if shape == "triangle":
        return np.maximum(y - 0.6 * r, ax * 0.866 - y * 0.5 - 0.6 * r)
    fifth = 2 * np.pi / 5
    t = np.mod(np.arctan2(x, -y), fifth)
    t = np.minimum(t, fifth - t) / (np.pi / 5)
    return (q - r * 1.1 * (1 - 0.62 * t)) * 0.6


def render(scene):
    x, y = np.meshgrid(np.arange(SIDE) + 0.5, np.arange(SIDE) + 0.5)
    level = np.full((SIDE, SIDE), GREY[scene["back"]])
    if scene["pattern"] != "plain":
        if scene["pattern"] == "striped":
            up = np.mod(x + y + scene["phase"], 6) < 3
        else:
            up = (np.floor((x + scene["phase"]) / 6) + np.floor((y + scene["phase"]) / 4)) % 2 < 1
        level = level + np.where(up, 0.13, -0.13) + {"white": -0.13, "gray": 0.0, "black": 0.13}[scene["back"]]
    image = np.repeat(level[..., None], 3, 2)
    for o in reversed(scene["objects"]):
        c, s = np.cos(o["turn"]), np.sin(o["turn"])
        dx, dy = x - o["x"], y - o["y"]
        cover = np.clip(0.5 - distance(o["shape"], c * dx + s * dy, -s * dx + c * dy, o["r"]), 0, 1)[..., None]
        image = image * (1 - cover) + cover * np.array(o["colour"])
    return image * (1.0 if scene["light"] == "bright" else 0.55)


def main():
    rng = np.random.default_rng(0)
    shapes = ["circle", "square", "triangle", "star", "cross", "ring"]
    settings = list(itertools.product(GREY, ["plain", "striped", "checkered"], ["bright", "dim"]))
    scenes = []
    for i, (back, pattern, light) in enumerate(settings):
        objects = []
        for k in range(1 + i % 3):
            objects.append(dict(
                shape=shapes[(i + k) % 6], x=round(rng.uniform(8, 24), 3), y=round(rng.uniform(8, 24), 3), r=round(rng.uniform(3, 10), 3),
                turn=round(rng.uniform(-0.06, 0.06), 4), colour=[round(v, 3) for v in rng.uniform(0.1, 0.9, 3)]))
        scene = dict(back=back, pattern=pattern, light=light, phase=round(rng.uniform(0, 8), 3), objects=objects)
        levels = np.round(render(scene) * 255).astype(np.uint8)
        scenes.append(dict(scene, levels=base64.b64encode(levels.tobytes()).decode()))
    print("[" + ",\n".join(json.dumps(s) for s in scenes) + "]")


main()
