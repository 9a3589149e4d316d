"""Writes the label files of a small Flowers102 as SciPy writes MATLAB's level 5
files, compressed (*.mat) and not (*_plain.mat). Run it in this folder:
python make_mat.py (scipy 1.17)."""

import numpy as np
from scipy.io import savemat

# Four images of each of the 102 classes: one to train, one to validate, two to test.
labels = np.arange(102 * 4) % 102 + 1
numbers = np.arange(1, 102 * 4 + 1)
split = {"trnid": numbers[:102], "valid": numbers[102:204], "tstid": numbers[204:]}

for suffix, compressed in (("", True), ("_plain", False)):
    savemat(f"imagelabels{suffix}.mat", {"labels": labels.astype(np.uint8)[None]}, do_compression=compressed)
    savemat(f"setid{suffix}.mat", {k: v.astype(np.float64)[None] for k, v in split.items()}, do_compression=compressed)

# Every numeric type, and variables of kinds that are passed over.
types = {t: np.array([[1, 2, 100], [4, 5, 6]]).astype(t) for t in
         ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"]}
savemat("kinds.mat", {**types, "text": "flowers", "cell": np.array([[1, "a"]], dtype=object), "complex": np.array([[1j]])},
        do_compression=True)
savemat("fractions.mat", {"labels": np.array([[1.5]])})
