"""Runs in the peer's venv: opens a data set with LeRobot's own loader and says what it saw, as JSON."""

import json
import sys
from pathlib import Path

import numpy as np
import torch

# The registry's torchvision is built for CUDA, and beside a CPU torch its compiled operators do not load.
# lerobot uses none of them, but torchvision cannot be imported before this one is declared.
_library = torch.library.Library("torchvision", "FRAGMENT")
if not torch.cuda.is_available():
    _library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

from lerobot.datasets.compute_stats import compute_episode_stats  # noqa: E402
from lerobot.datasets.lerobot_dataset import CODEBASE_VERSION, LeRobotDataset  # noqa: E402
from lerobot.datasets.utils import dataset_to_policy_features  # noqa: E402

HORIZON = 16


def main(root: Path, images: Path) -> None:
    plain = LeRobotDataset("clapboard/check", root=root, video_backend="pyav")
    chunks = {"action": [step / plain.fps for step in range(HORIZON)]}
    chunked = LeRobotDataset("clapboard/check", root=root, video_backend="pyav", delta_timestamps=chunks)
    ends = {int(i): length["length"] for i, length in plain.meta.episodes.items()}
    last = ends[0] - 1
    rows = [0, 1, last // 2, last, last + 1, len(plain) - 1]
    for row in rows:
        for camera in plain.meta.video_keys:
            picture = (plain[row][camera] * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()
            np.save(images / f"{camera}-{row}.npy", picture)
    batch = next(iter(torch.utils.data.DataLoader(chunked, batch_size=8, shuffle=False)))
    table = plain.hf_dataset.with_format("numpy")
    numbers = {
        key: np.asarray(table[key])[: ends[0]] for key, feature in plain.features.items() if feature["dtype"] != "video"
    }
    sys.stdout.write(
        json.dumps(
            {
                "version": CODEBASE_VERSION,
                "rows": len(plain),
                "episodes": plain.num_episodes,
                "fps": plain.fps,
                "lengths": ends,
                "image_rows": rows,
                "keys": {key: list(np.shape(value)) for key, value in plain[0].items()},
                "dtypes": {k: str(v.dtype) for k, v in plain[0].items() if k != "task"},
                "task": plain[0]["task"],
                "batch": {k: list(v.shape) for k, v in batch.items() if k != "task"},
                "padded_at_end": chunked[last]["action_is_pad"].tolist(),
                "policy_features": sorted(dataset_to_policy_features(plain.features)),
                "state": plain[rows[2]]["observation.state"].tolist(),
                "t_ns": [int(plain[row]["timing.t_ns"]) for row in rows],
                "its_stats": _lists(compute_episode_stats(numbers, plain.features)),
                "our_stats": _lists(plain.meta.episodes_stats[0]),
                "whole_stats": _lists(plain.meta.stats),
            }
        )
    )


def _lists(stats: dict) -> dict:
    return {key: {k: np.asarray(v).tolist() for k, v in s.items()} for key, s in stats.items()}


main(Path(sys.argv[1]), Path(sys.argv[2]))
