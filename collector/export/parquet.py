"""One episode's numbers as a Parquet file that Hugging Face `datasets` reads with its types."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

Array = NDArray[np.generic]


def write_columns(path: Path, columns: dict[str, Array]) -> None:
    """Write (T,) arrays as scalars and (T, n) arrays as lists of fixed length n."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table({key: _column(values) for key, values in columns.items()})
    described = {key: _described(values) for key, values in columns.items()}
    metadata = {"huggingface": json.dumps({"info": {"features": described}})}
    pq.write_table(table.replace_schema_metadata(metadata), path)


def read_column(paths: list[Path], key: str) -> Array:
    """One column over several files: (T,), or (T, n) for lists."""
    return np.concatenate([_read(path, key) for path in paths])


def _column(values: Array) -> pa.Array:
    if values.ndim == 1:
        return pa.array(values)
    return pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), values.shape[1])


def _described(values: Array) -> dict[str, object]:
    """As datasets.Features.to_dict says it (datasets 3.6.0, features/features.py)."""
    value: dict[str, object] = {"dtype": str(values.dtype), "_type": "Value"}
    if values.ndim == 1:
        return value
    return {"feature": value, "length": values.shape[1], "_type": "Sequence"}


def _read(path: Path, key: str) -> Array:
    column = pq.read_table(path, columns=[key]).column(key).combine_chunks()
    if isinstance(column, pa.FixedSizeListArray):
        return column.flatten().to_numpy(zero_copy_only=False).reshape(len(column), -1)
    return column.to_numpy(zero_copy_only=False)
