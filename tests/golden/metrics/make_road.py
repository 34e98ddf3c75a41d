"""ROAD and the confidence metrics of pytorch-grad-cam on the small network of ../variants.

    python tests/golden/metrics/make_road.py

writes road.json beside this file: maps as ranks (distinct, so that percentiles select as many pixels as they say), and what pytorch-grad-cam makes of
them without noise, which it does not seed. Made with grad-cam 1.5.7, torch 2.15.
"""

import importlib.util
import json
from pathlib import Path

import numpy as np
import torch
from pytorch_grad_cam.metrics.cam_mult_image import DropInConfidence, IncreaseInConfidence
from pytorch_grad_cam.metrics.perturbation_confidence import (
    PerturbationConfidenceMetric,
    RemoveLeastRelevantFirst,
    RemoveMostRelevantFirst,
)
from pytorch_grad_cam.metrics.road import NoisyLinearImputer
from pytorch_grad_cam.utils.model_targets import ClassifierOutputSoftmaxTarget, ClassifierOutputTarget
from scipy.ndimage import gaussian_filter

HERE = Path(__file__).parent
VARIANTS = HERE.parent / "variants"
PERCENTILES = [10, 20, 30, 40, 50, 60, 70, 80, 90]


def network():
    spec = importlib.util.spec_from_file_location("variants", VARIANTS / "make.py")
    variants = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(variants)
    net = variants.narrow_resnet()
    net.load_state_dict(torch.load(VARIANTS / "state.pth"))
    return net.eval()


def ranks(values):
    return values.ravel().argsort().argsort().reshape(values.shape)


def road(net, image, cam, target, remove):
    metric = lambda p: PerturbationConfidenceMetric(remove(p, NoisyLinearImputer(noise=0.0)))
    return [float(metric(p)(image, cam[None], [target], net)[0]) for p in PERCENTILES]


def main():
    random = np.random.default_rng(11)
    net, image = network(), torch.from_numpy(np.load(VARIANTS / "input.npy"))
    cases = []
    for sigma in (6.0, 1.0):
        order = ranks(gaussian_filter(random.normal(size=(64, 64)), sigma))
        cam = (order / 4096).astype(np.float32)
        logit, probability = ClassifierOutputTarget(1), ClassifierOutputSoftmaxTarget(1)
        arguments = (image, cam[None], [probability], net)
        imputed = NoisyLinearImputer(noise=0.0)(image[0], torch.from_numpy(np.float32(cam < np.percentile(cam, 30))))
        cases.append({
            "map": order.ravel().tolist(),
            "least": road(net, image, cam, logit, RemoveLeastRelevantFirst),
            "most": road(net, image, cam, logit, RemoveMostRelevantFirst),
            "confidence_drop": float(DropInConfidence()(*arguments)[0]),
            "confidence_increase": float(IncreaseInConfidence()(*arguments)[0]),
            "imputed_30": [round(v, 6) for v in imputed.ravel()[::37].tolist()],
        })
    (HERE / "road.json").write_text(json.dumps({"cases": cases}, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
