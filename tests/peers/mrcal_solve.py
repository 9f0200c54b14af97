"""Run by Debian's own Python, which has mrcal: corners in as .npz, the lens and its uncertainty out as JSON."""

import json
import sys

import mrcal
import numpy as np


def main() -> None:
    told = np.load(sys.argv[1])
    corners, size, square = told["corners"], told["size"].astype(np.int32), float(told["square_m"])
    views, rows, columns, _ = corners.shape
    seen = np.concatenate([corners, np.ones((views, rows, columns, 1))], axis=-1)
    pairs = np.stack([np.arange(views), np.zeros(views, int), np.full(views, -1)], axis=1).astype(np.int32)
    begun, _, frames = mrcal.seed_stereographic(
        imagersizes=size[None],
        focal_estimate=float(told["focal"]),
        indices_frame_camera=pairs[:, :2].copy(),
        observations=seen.copy(),
        object_spacing=square,
    )
    numbers = np.zeros((1, mrcal.lensmodel_num_params("LENSMODEL_OPENCV5")))
    numbers[0, :4] = begun[0, :4]
    given = {
        "intrinsics": numbers,
        "extrinsics_rt_fromref": np.zeros((0, 6)),
        "frames_rt_toref": frames,
        "points": None,
        "observations_board": seen,
        "indices_frame_camintrinsics_camextrinsics": pairs,
        "observations_point": None,
        "indices_point_camintrinsics_camextrinsics": None,
        "lensmodel": "LENSMODEL_OPENCV5",
        "imagersizes": size[None],
        "calobject_warp": np.zeros(2),
        "calibration_object_spacing": square,
        "verbose": False,
        "imagepaths": None,
        "do_optimize_intrinsics_core": True,
        "do_optimize_intrinsics_distortions": True,
        "do_optimize_extrinsics": True,
        "do_optimize_frames": True,
        "do_optimize_calobject_warp": False,
        "do_apply_regularization": False,
        "do_apply_outlier_rejection": False,
    }
    mrcal.optimize(**given)
    given["do_optimize_calobject_warp"] = True
    stats = mrcal.optimize(**given)
    model = mrcal.cameramodel(optimization_inputs=given, icam_intrinsics=0)
    along = mrcal.unproject(told["pixels"], *model.intrinsics())
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    far = mrcal.projection_uncertainty(along, model, atinfinity=True, what="worstdirection-stdev")
    near = mrcal.projection_uncertainty(along * float(told["near_m"]), model, what="worstdirection-stdev")
    out = {
        "numbers": numbers[0].tolist(),
        "warp": given["calobject_warp"].tolist(),
        "rms": float(stats["rms_reproj_error__pixels"]),
        "far": far.tolist(),
        "near": near.tolist(),
    }
    sys.stdout.write(json.dumps(out))


if __name__ == "__main__":
    main()
