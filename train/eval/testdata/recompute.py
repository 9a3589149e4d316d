"""Computes the figures of a score again with numpy, from the task file and the
exported embeddings alone, and compares every one of them.

    recompute.py TASKS.jsonl TEXTS.parquet IMAGES.parquet REPORT.json

Nothing is shared with the program but the definitions in its documentation.
"""

import json
import sys

import numpy as np
import pyarrow.parquet as pq

ALPHAS = [0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1]
STEPS = [0, 0.125, 0.25, 0.5, 1, 2]


def table(path):
    t = pq.read_table(path)
    v = np.array(t["embedding"].to_pylist(), dtype=np.float64)
    v /= np.maximum(np.linalg.norm(v, axis=1, keepdims=True), 1e-12)
    return dict(zip(t["id"].to_pylist(), v))


def unit(v):
    return v / max(np.linalg.norm(v), 1e-12)


def percent(marks):
    return 100 * float(np.mean(marks)) if len(marks) else 0.0


class Checker:
    def __init__(self):
        self.compared, self.wrong = 0, []

    def same(self, name, got, want):
        self.compared += 1
        if abs(got - want) > 1e-6:
            self.wrong.append(f"{name}: the report says {got}, numpy {want}")


def differences(check, items, report, T, I):
    for d in report["differences"]:
        name = f"difference {d['task']} {d['order']}"
        mine = [x for x in items if x["kind"] == "difference" and x["task"] == d["task"] and x.get("order", "first") == d["order"]]
        cos, two, caps, to = [], [], [], []
        for x in mine:
            delta = I[x["image_a"]] - I[x["image_b"]]
            if delta @ delta < 1e-12:
                continue
            delta = unit(delta)
            cos.append(T[x["text"]] @ delta)
            if "reversed" in x:
                two.append(cos[-1] > T[x["reversed"]] @ delta)
            if "caption_a" in x:
                c = T[x["caption_a"]] - T[x["caption_b"]]
                caps.append(c @ delta > 0)
                to.append(T[x["text"]] @ unit(c))
        check.same(name + " n", d["n"], len(cos))
        check.same(name + " sign", d["sign"], percent(np.array(cos) > 0))
        check.same(name + " two-way", d["two_way"], percent(two))
        check.same(name + " caption difference", d["caption_difference"], percent(caps))
        check.same(name + " cosine", d["cosine"], float(np.mean(cos)))
        for g in report["geometry"]:
            if g["task"] == d["task"] and g.get("order") == d["order"]:
                want = np.mean(cos) if g["against"] == "images" else np.mean(to)
                check.same(name + " distance to " + g["against"], g["forward"], 1 - float(want))


class Classes:
    def __init__(self, items, task, T, I):
        of = [x for x in items if x["task"] == task]
        self.classes = [x for x in of if x["kind"] == "class"]
        self.labels = [x["label"] for x in self.classes]
        self.prompts = np.array([T[x["text"]] for x in self.classes])
        self.comparisons = [x for x in of if x["kind"] == "comparison"]
        self.images = {s: [x for x in of if x["kind"] == "classify" and x.get("split", "test") == s] for s in ("test", "validation")}
        self.T, self.I = T, I

    def accuracy(self, images, prompts):
        right = [self.labels[int(np.argmax(prompts @ self.I[x["image"]]))] == x["label"] for x in images]
        return percent(right)

    def texts(self):
        return {(x["class_a"], x["class_b"]): x["text"] for x in reversed(self.comparisons)}

    def compare(self, alpha, pairs, both, texts):
        out = self.prompts.copy()
        moved = {}
        plain = {l: p for l, p in reversed(list(zip(self.labels, self.prompts)))}
        for a, b in pairs:
            moved.setdefault(b, []).append(plain[a] - self.T[texts[a, b]])
            if both:
                moved.setdefault(a, []).append(plain[b] - self.T[texts[b, a]])
        if alpha != 1:
            for i, l in enumerate(self.labels):
                if l in moved:
                    out[i] = unit(alpha * self.prompts[i] + (1 - alpha) * np.mean(moved[l], axis=0))
        return out


def classes(check, items, report, T, I):
    for z in report["zero_shot"]:
        c = Classes(items, z["task"], T, I)
        check.same("zero-shot " + z["task"], z["top1"], c.accuracy(c.images["test"], c.prompts))
    for g in report["geometry"]:
        if g["against"] == "prompts":
            c = Classes(items, g["task"], T, I)
            p = dict(zip(c.labels, c.prompts))
            cos = [T[x["text"]] @ unit(p[x["class_a"]] - p[x["class_b"]]) for x in c.comparisons]
            check.same("distance to prompts of " + g["task"], g["forward"], 1 - float(np.mean(cos)))
            check.same("offset of " + g["task"], g["offset"], float(np.linalg.norm(np.mean([T[x["text"]] for x in c.comparisons], axis=0))))
    for r in report["comparative"]:
        c = Classes(items, r["task"], T, I)
        name, pairs = f"comparative {r['task']} {r['rule']} {r['both']}", [tuple(p) for p in r["pairs"]]
        of = {s: [x for x in c.images[s] if any(x["label"] in p for p in pairs)] for s in c.images}
        best, curve = (-1, None), {}
        for alpha in ALPHAS:
            prompts = c.compare(alpha, pairs, r["both"], c.texts())
            curve[alpha] = (c.accuracy(of["validation"], prompts), c.accuracy(of["test"], prompts))
            best = max(best, (curve[alpha][0], alpha))
        for point in r["curve"]:
            check.same(f"{name} validation at {point['alpha']}", point["validation"], curve[point["alpha"]][0])
            check.same(f"{name} test at {point['alpha']}", point["test"], curve[point["alpha"]][1])
        check.same(name + " alpha", r["alpha"], best[1])
        check.same(name + " chosen", r["chosen"], curve[best[1]][1])
        check.same(name + " plain", r["plain"], curve[1][1])
        check.same(name + " over all classes", r["all_chosen"], c.accuracy(c.images["test"], c.compare(best[1], pairs, r["both"], c.texts())))
    for b in report["comparative_best"]:
        c = Classes(items, b["task"], T, I)
        prompts = c.prompts.copy()
        for i, l in enumerate(c.labels):
            if l in b["worst"]:
                prompts[i] = c.prompts[c.labels.index(b["best"])] - T[c.texts()[b["best"], l]]
        of = [x for x in c.images["test"] if x["label"] in b["worst"]]
        check.same("best " + b["task"], b["replaced"], c.accuracy(of, prompts))
        check.same("best, all, " + b["task"], b["all_replaced"], c.accuracy(c.images["test"], prompts))


def retrieval(check, items, report, T, I):
    for r in report["retrieval"]:
        of = [x for x in items if x["kind"] == "retrieve" and x["task"] == r["task"]]
        images = list(dict.fromkeys(x["image"] for x in of))
        own = {(x["image"], x["text"]) for x in of}
        t, v = np.array([T[x["text"]] for x in of]), np.array([I[i] for i in images])
        there = [(i, of[int(np.argmax(t @ I[i]))]["text"]) in own for i in images]
        back = [(images[int(np.argmax(v @ T[x["text"]]))], x["text"]) in own for x in of]
        check.same("retrieval " + r["task"], r["top1"], percent(there))
        check.same("retrieval back " + r["task"], r.get("back", 0), percent(back))
    for d in report["delta"]:
        of = [x for x in items if x["kind"] == "delta" and x["task"] == d["task"]]
        names = list(dict.fromkeys(n for x in of for n in (x["image_a"], x["image_b"])))
        curve = {}
        for step in STEPS:
            for split in ("validation", "test"):
                ranks = []
                for x in of:
                    if x.get("split", "test") == split:
                        q = I[x["image_b"]] + step * T[x["text"]]
                        ranks.append(sum(q @ I[n] >= q @ I[x["image_a"]] for n in names if n not in (x["image_a"], x["image_b"])))
                curve[step, split] = np.array(ranks)
        for point in d["curve"]:
            check.same(f"delta at {point['step']}", point["test"], percent(curve[point["step"], "test"] < 1))
            check.same(f"delta validation at {point['step']}", point["validation"], percent(curve[point["step"], "validation"] < 1))
        check.same("delta top 5", d["top5"], percent(curve[d["step"], "test"] < 5))
        check.same("delta baseline", d["baseline"], percent(curve[0, "test"] < 1))


def main():
    tasks, texts, images, scores = sys.argv[1:]
    items = [json.loads(line) for line in open(tasks, encoding="utf-8")]
    report, T, I, check = json.load(open(scores)), table(texts), table(images), Checker()
    for part in (differences, classes, retrieval):
        part(check, items, report, T, I)
    print(f"{check.compared} figures compared")
    sys.exit("\n".join(check.wrong) or 0)


main()
