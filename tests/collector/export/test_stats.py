import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from collector.export.stats import ImageStats, column_stats, quantile_stats, to_json

columns = hnp.arrays(
    np.float32,
    st.one_of(st.tuples(st.integers(1, 40)), st.tuples(st.integers(1, 40), st.integers(1, 8))),
    elements=st.floats(-1e3, 1e3, width=32),
)


@given(columns)
def test_column_stats_are_one_number_a_dimension(values: np.ndarray) -> None:
    stats = column_stats(values)
    width = values.shape[1:] or (1,)
    assert all(stats[key].shape == width for key in ("min", "max", "mean", "std"))
    assert stats["count"].tolist() == [len(values)]
    assert (stats["min"] <= stats["mean"] + 1e-6).all()
    assert (stats["mean"] <= stats["max"] + 1e-6).all()


def test_quantiles_are_exact() -> None:
    stats = quantile_stats(np.arange(101, dtype=np.float32))
    assert stats["q01"].tolist() == [1.0]
    assert stats["q99"].tolist() == [99.0]


def test_large_integers_keep_their_value() -> None:
    stats = to_json(column_stats(np.array([2**53 + 1, 2**53 + 3], np.int64)))
    assert stats["min"] == [2**53 + 1]


@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 4), st.just(8), st.just(12), st.just(3))))
def test_image_stats_are_those_of_every_fourth_pixel(images: np.ndarray) -> None:
    stats = ImageStats()
    for image in images:
        stats.add(image)
    found = stats.result()
    pixels = images[:, ::4, ::4].reshape(-1, 3) / 255
    for key, expected in {
        "min": pixels.min(0),
        "max": pixels.max(0),
        "mean": pixels.mean(0),
        "std": pixels.std(0),
    }.items():
        assert found[key].shape == (3, 1, 1)
        assert found[key].ravel() == pytest.approx(expected, abs=1e-6)
    assert found["count"].tolist() == [len(images)]
