"""Loads a release with the tools that people use, and compares counts.

Needs mlcroissant, datasets, polars, pandas, pyarrow, duckdb. Prints one line a
tool; fails by an exception. Call: load.py RELEASE CACHE
"""
import glob
import hashlib
import json
import sys

import datasets
import duckdb
import mlcroissant
import pandas
import polars
import pyarrow.parquet as pq

folder, cache = sys.argv[1:]
manifest = json.load(open(f"{folder}/manifest.json"))


def row_digests(rows):
    """Names rows by their content, whatever read them, as row_root does."""
    out = []
    for row in rows:
        clean = {k: int(v) if isinstance(v, float) else v for k, v in row.items() if v is not None and v == v}
        text = json.dumps(clean, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        out.append(hashlib.sha256(text.encode()).digest())
    return b"".join(out)


roots = {}
for split, count in manifest["splits"].items():
    files = sorted(glob.glob(f"{folder}/data/{split}-*.parquet"))
    if not files:
        assert count["accepted"] == 0
        continue
    names = ", ".join(repr(f) for f in files)
    table = duckdb.connect().execute(f"SELECT * FROM read_parquet([{names}])")
    columns = [c[0] for c in table.description]
    readers = {
        "pyarrow": pq.read_table(files).to_pylist(),
        "polars": polars.read_parquet(files).to_dicts(),
        "pandas": pandas.concat([pandas.read_parquet(f) for f in files]).astype(object).to_dict("records"),
        "duckdb": [dict(zip(columns, row)) for row in table.fetchall()],
        "datasets": list(datasets.load_dataset(folder, "default", split=split, cache_dir=cache)),
    }
    digests = {name: row_digests(rows) for name, rows in readers.items()}
    assert all(len(rows) == count["accepted"] for rows in readers.values()), {k: len(v) for k, v in readers.items()}
    assert len(set(digests.values())) == 1, digests
    for name, digest in digests.items():
        roots[name] = roots.get(name, b"") + digest
    print(split, count["accepted"], "rows,", ", ".join(readers), "agree")

for name, digests in roots.items():
    assert hashlib.sha256(digests).hexdigest() == manifest["release"]["row_root"], name

for name in ("default", "rejected", "responses"):
    loaded = datasets.load_dataset(folder, name, cache_dir=cache)
    print("datasets", name, {split: len(part) for split, part in loaded.items()})

card = mlcroissant.Dataset(jsonld=f"{folder}/croissant.json")
issues = card.metadata.ctx.issues
assert not issues.errors and not issues.warnings, (issues.errors, issues.warnings)
for record_set in card.metadata.record_sets:
    read = 0
    for _ in card.records(record_set=record_set.uuid):
        read += 1
        if read == 100:
            break
    assert read > 0, record_set.uuid
    print("mlcroissant", record_set.uuid, read)
