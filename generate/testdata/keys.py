"""Writes keys.json: request keys by an independent implementation.

Python 3 standard library only. For documents of strings, small integers and
short decimals, json.dumps with sorted keys is canonical JSON (RFC 8785).
"""
import hashlib
import json
import pathlib

PROMPT = hashlib.sha256(b"a prompt").hexdigest()


def key(messages, model="m", temperature=0, top_p=1, max_tokens=160, seed=None, extra=None, schema=None, replicate=0):
    doc = {
        "version": "request/v1", "prompt_sha256": PROMPT, "messages": messages, "model": model, "temperature": temperature,
        "top_p": top_p, "max_tokens": max_tokens, "seed": seed, "extra": extra, "schema": schema, "replicate": replicate,
    }
    text = json.dumps(doc, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


plain = [{"role": "user", "content": "Caption 1: a <b> & \"c\"\nCaption 2: \u00e9 \u72d7"}]
cases = {
    "plain": key(plain),
    "temperature": key(plain, temperature=0.7),
    "no_top_p": key(plain, top_p=None),
    "seed": key(plain, seed="9007199254740993"),
    "extra": key(plain, extra={"top_k": 20, "min_p": 0.05, "stop": ["x"], "temperature": None}),
    "schema": key(plain, schema={"type": "object"}),
    "replicate": key(plain, replicate=1),
    "model": key(plain, model="n"),
    "cap": key(plain, max_tokens=0),
    "image": key([plain[0] | {"images": [{"label": "The first image:", "sha256": "ab" * 32, "prepared": "jpeg"}]}]),
}
pathlib.Path(__file__).with_name("keys.json").write_text(json.dumps(cases, indent=2) + "\n")
