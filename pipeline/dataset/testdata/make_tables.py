"""Writes the Parquet fixtures of this package with pyarrow 26.0.1.

Run it in this folder: python make_tables.py
"""

import pyarrow as pa
import pyarrow.parquet as pq

pq.write_table(
    pa.table(
        {
            "file_name": ["a.jpg", "d/b.jpg", "c.jpg", "e.jpg"],
            "image_id": pa.array([391895, 2, 3, 4], pa.int64()),
            "WIDTH": pa.array([640.0, None, 10.0, 4.0], pa.float64()),
            "height": pa.array([480, 1, None, 4], pa.int32()),
            "captions": pa.array([[" one ", "two"], [], None, ["three", None]], pa.list_(pa.string())),
            "license": ["by", None, "by-nc", "by"],
            "split": ["train", "val", "test", "train"],
        }
    ),
    "lists.parquet",
    compression="zstd",
    row_group_size=3,
)

# As Hugging Face stores a dataset: the images inside, sentences as structs.
sentence = pa.struct([("raw", pa.string()), ("sentid", pa.int64()), ("tokens", pa.list_(pa.string()))])
pq.write_table(
    pa.table(
        {
            "image": pa.array(
                [{"bytes": b"\x00" * 5000, "path": "a.jpg"}, {"bytes": None, "path": "b.jpg"}],
                pa.struct([("bytes", pa.binary()), ("path", pa.string())]),
            ),
            "sentences": pa.array(
                [
                    [
                        {"raw": "A man.", "sentid": 770337, "tokens": ["a", "man"]},
                        {"raw": "A boy.", "sentid": 770338, "tokens": []},
                    ],
                    [{"raw": "A cat", "sentid": 5, "tokens": None}],
                ],
                pa.list_(sentence),
            ),
            "cocoid": pa.array([9, 10], pa.int64()),
        }
    ),
    "nested.parquet",
    compression="snappy",
)

# A row per caption, most values repeated, many pages.
rows = 3000
pq.write_table(
    pa.table(
        {
            "image_id": [str(i // 5) for i in range(rows)],
            "caption_id": pa.array(range(rows), pa.uint32()),
            "filename": [f"{i // 5}.jpg" for i in range(rows)],
            "text": [None if i % 1000 == 7 else f"caption {i}" for i in range(rows)],
        }
    ),
    "rows.parquet",
    compression="gzip",
    data_page_size=512,
    row_group_size=1100,
)
