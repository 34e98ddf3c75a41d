#!/usr/bin/env python3
"""Reference maps of small networks for every method that another program has: pytorch-grad-cam, torch-cam, captum, scikit-learn.

    pip install torch torchvision onnx grad-cam==1.5.7 torchcam==0.5.0 captum==0.9.0 scikit-learn
    python make.py

Two networks: the narrow ResNet of ../variants/state.pth (two classes, a linear head), and `curved.onnx`, made here (five classes, SiLU, a head of two layers,
so that the tail behind every layer is curved). One .npz each, with keys
  input                  the preprocessed tensor
  logits
  <method>/<class>/raw   the map before ReLU and stretching; of pixel methods at the size of the input
  <method>/<class>/positive  the same after ReLU
  <method>/<class>/map   what pytorch-grad-cam returns
  <method>/<class>/mean  of methods that draw at random, the mean of many draws, and <method>/<class>/spread their standard deviation
  dff/error              the squared error of scikit-learn's best factorisation into five, and dff/norm the squares of what is factorised
"""
from pathlib import Path

import cv2
import numpy as np
import pytorch_grad_cam as pgc
import torch
import torch.nn as nn
import torchcam.methods as torchcam
from captum.attr import InputXGradient, IntegratedGradients, NoiseTunnel, Occlusion, Saliency
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from sklearn.decomposition import NMF
from torchvision.models.resnet import BasicBlock, ResNet

HERE = Path(__file__).parent

GRAD_CAM = {
    "gradcam": pgc.GradCAM,
    "hirescam": pgc.HiResCAM,
    "gradcam-elementwise": pgc.GradCAMElementWise,
    "gradcam++": pgc.GradCAMPlusPlus,
    "xgradcam": pgc.XGradCAM,
    "layercam": pgc.LayerCAM,
    "shapleycam": pgc.ShapleyCAM,
    "eigencam": pgc.EigenCAM,
    "eigengradcam": pgc.EigenGradCAM,
    "segeigencam": pgc.SegEigenCAM,
    "kpcacam": pgc.KPCA_CAM,
    "fem": pgc.FEM,
    "ablationcam": pgc.AblationCAM,
    "scorecam": pgc.ScoreCAM,
}


class Curved(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 6, 3, 2, 1), nn.SiLU(), nn.Conv2d(6, 10, 3, 2, 1), nn.ReLU(), nn.Conv2d(10, 12, 3, 2, 1), nn.SiLU(), nn.Conv2d(12, 16, 3, 1, 1),
            nn.ReLU(),
        )
        self.classifier = nn.Sequential(nn.Linear(16, 12), nn.SiLU(), nn.Linear(12, 5))

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


def curved():
    torch.manual_seed(5)
    net = Curved().eval()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.mul_(3.0)
    torch.onnx.export(net, torch.zeros(1, 3, 49, 49), HERE / "curved.onnx", dynamo=False, opset_version=17, input_names=["image"], output_names=["logits"],
                      dynamic_axes={"image": {0: "batch"}})
    return net, net.features[7], "features.7", None


def resnet():
    net = ResNet(BasicBlock, [2, 1, 1, 2], num_classes=2)
    net.inplanes = 4
    net.conv1 = nn.Conv2d(3, 4, 7, 2, 3, bias=False)
    net.bn1 = nn.BatchNorm2d(4)
    net.layer1 = net._make_layer(BasicBlock, 4, 2)
    net.layer2 = net._make_layer(BasicBlock, 8, 1, stride=2)
    net.layer3 = net._make_layer(BasicBlock, 8, 1, stride=2)
    net.layer4 = net._make_layer(BasicBlock, 16, 2, stride=2)
    net.fc = nn.Linear(16, 2)
    net.load_state_dict(torch.load(HERE / "../variants/state.pth"))
    return net.eval(), net.layer4[-1], "layer4.1", "fc"


def blobs(size, seed):
    """A smooth image: nothing hangs on single pixels."""
    noise = np.random.default_rng(seed).normal(size=(size, size, 3)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), size / 16)
    image = (smooth / smooth.std()).transpose(2, 0, 1)[None]
    return torch.from_numpy(image.astype(np.float16).astype(np.float32))


def summed(attribution):
    return attribution.detach().numpy()[0].sum(0)


def magnitude(attribution):
    return np.abs(attribution.detach().numpy()[0]).sum(0)


def grad_cam(cls, net, layer, x, target):
    """The library's map, and the low-resolution map it started from."""
    cam = cls(model=net, target_layers=[layer])
    cam.batch_size = 32
    raw = []
    original = cam.get_cam_image

    def recording(*args, **kwargs):
        out = original(*args, **kwargs)
        raw.append(np.asarray(out.detach() if torch.is_tensor(out) else out, np.float32))
        return out

    cam.get_cam_image = recording
    full = cam(input_tensor=x.clone(), targets=[ClassifierOutputTarget(target)])
    cam.activations_and_grads.release()
    return raw[0][0], full[0].astype(np.float32)


def finer_cam(net, layer, x, target):
    cam = pgc.FinerCAM(model=net, target_layers=[layer])
    full = cam(input_tensor=x.clone(), target_idx=target)
    return full[0].astype(np.float32)


def torch_cam(cls, net, layer_path, x, target, **options):
    """The weighted sum of torch-cam, after its ReLU where it has one."""
    with cls(net, layer_path, input_shape=tuple(x.shape[1:]), **options) as extractor:
        scores = net(x)
        return extractor(target, scores, normalized=False)[0][0].detach().numpy()


def smooth_grad_cam(net, layer_path, x, target):
    """torch-cam's weights with the activations of the image itself. Its own map takes those of the last noisy copy."""
    with torchcam.SmoothGradCAMpp(net, layer_path, input_shape=tuple(x.shape[1:]), num_samples=4, std=0.3) as extractor:
        net(x)
        activations = extractor.hook_a[0].detach().clone()
        weights = extractor._get_weights(target)[0].detach()
        return (weights[..., None, None] * activations).sum(1)[0].clamp(min=0).numpy()


def integrated_gradients(net, x, target):
    """With as many points as heatlens takes: until the map is complete within one percent, of a twentieth of its own size at least."""
    for points in [50, 100, 200, 400]:
        attribution, missing = IntegratedGradients(net).attribute(x.clone(), target=target, n_steps=points, return_convergence_delta=True)
        with torch.inference_mode():
            difference = (net(x) - net(0 * x))[0, target].item()
        if abs(missing.item()) <= 0.01 * max(abs(difference), 0.05 * np.abs(summed(attribution)).sum()):
            break
    print(f"integrated gradients: {points} points")
    return summed(attribution)


def repeated(draw, times):
    draws = np.stack([draw() for _ in range(times)])
    return draws.mean(0), draws.std(0)


def of_class(net, layer, layer_path, head, x, target):
    out = {}
    for method, cls in GRAD_CAM.items():
        out[f"{method}/raw"], out[f"{method}/map"] = grad_cam(cls, net, layer, x, target)
    out["finercam/map"] = finer_cam(net, layer, x, target)
    out["fullgrad/map"] = pgc.FullGrad(net, [])(x.clone(), [ClassifierOutputTarget(target)])[0]
    if head:
        out["cam/raw"] = torch_cam(torchcam.CAM, net, layer_path, x, target, fc_layer=head)
        stages = [net.layer2[-1], net.layer3[-1], net.layer4[-1]]
    else:
        stages = [net.features[3], layer]
    out["refinecam/map"] = pgc.RefineCAM(net, stages)(x.clone(), [ClassifierOutputTarget(target)])[0]
    out["iscam/positive"] = torch_cam(torchcam.ISCAM, net, layer_path, x, target, num_samples=10)
    out["smoothgradcam++/mean"], out["smoothgradcam++/spread"] = repeated(lambda: smooth_grad_cam(net, layer_path, x, target), 200)
    shaken = lambda: torch_cam(torchcam.SSCAM, net, layer_path, x, target, num_samples=10, std=2.0)
    out["sscam/mean"], out["sscam/spread"] = repeated(shaken, 60)

    tensor = x.clone().requires_grad_()
    out["input-gradient/raw"] = summed(InputXGradient(net).attribute(tensor, target=target))
    out["integrated-gradients/raw"] = integrated_gradients(net, x, target)
    tunnel = NoiseTunnel(Saliency(net))
    deviation = 0.15 * (x.max() - x.min()).item()
    noisy = lambda: magnitude(tunnel.attribute(tensor, target=target, nt_samples=25, stdevs=deviation, abs=False))
    out["smoothgrad/mean"], out["smoothgrad/spread"] = repeated(noisy, 60)
    # The size of the images is such that the windows end with them; captum and heatlens differ where they do not.
    window = -(-x.shape[-1] // 7)
    occluded = Occlusion(net).attribute(x, (3, window, window), strides=(3, window // 2, window // 2), baselines=0, target=target, perturbations_per_eval=16)
    out["occlusion/raw"] = summed(occluded) / 3
    return out


def guided(net, x, target, gradcam):
    """Last, because the library exchanges the network's ReLUs."""
    gradient = np.abs(pgc.GuidedBackpropReLUModel(net)(x.clone(), target)).sum(-1)
    place = cv2.resize(np.maximum(gradcam, 0), gradient.shape[::-1])
    return {"guided-backprop/raw": gradient, "guided-gradcam/raw": gradient * place}


def rise(net, x, masks, seed):
    """For each class the mean score where a pixel is shown, less the mean score."""
    rng = np.random.default_rng(seed)
    size = x.shape[-1]
    cell = -(-size // 7)
    shown, weighted, scores = 0, 0, 0
    for _ in range(masks // 100):
        batch = []
        for _ in range(100):
            whole = cv2.resize((rng.random((8, 8)) < 0.5).astype(np.float32), (8 * cell, 8 * cell))
            top, left = rng.integers(cell, size=2)
            batch.append(whole[top : top + size, left : left + size])
        batch = torch.from_numpy(np.stack(batch))[:, None]
        with torch.inference_mode():
            logits = net(x * batch).numpy().astype(np.float64)
        batch = batch.numpy().astype(np.float64)
        shown, scores = shown + batch.sum(0), scores + logits.sum(0)
        weighted = weighted + (logits[:, :, None, None] * batch).sum(0)
    return weighted / shown - (scores / masks)[:, None, None]


def factorisation(net, layer, x):
    """The best error of scikit-learn from several starts."""
    kept = []
    hook = layer.register_forward_hook(lambda _m, _i, o: kept.append(o.detach().numpy()[0].astype(np.float64)))
    net(x)
    hook.remove()
    values = kept[0].reshape(kept[0].shape[0], -1)
    values = values - values.min(1, keepdims=True)
    starts = [("nndsvda", 0)] + [("random", seed) for seed in range(10)]
    errors = [NMF(5, init=init, random_state=seed, max_iter=5000, tol=1e-6).fit(values).reconstruction_err_ ** 2 for init, seed in starts]
    return {"dff/error": np.array([min(errors)]), "dff/norm": np.array([(values**2).sum()])}


def stored(value):
    """Large maps in half precision, which is good to 5e-4 of each value, where it has the range."""
    value = np.asarray(value, np.float32)
    half = value.size > 1000 and 1e-2 < np.abs(value).max() < 6e4
    return value.astype(np.float16 if half else np.float32)


def main():
    for name, make, size, targets in [("resnet", resnet, 84, [0]), ("curved", curved, 49, [0, 1])]:
        net, layer, layer_path, head = make()
        x = blobs(size, 1)
        torch.manual_seed(0)
        with torch.inference_mode():
            out = {"input": x.numpy(), "logits": net(x).numpy()}
        out |= factorisation(net, layer, x)
        by_rise = rise(net, x, 20000, 2)
        for target in targets:
            out[f"rise/{target}/mean"] = by_rise[target]
            for key, value in of_class(net, layer, layer_path, head, x, target).items():
                method, kind = key.split("/")
                out[f"{method}/{target}/{kind}"] = value
        for target in targets:
            for key, value in guided(net, x, target, out[f"gradcam/{target}/raw"]).items():
                method, kind = key.split("/")
                out[f"{method}/{target}/{kind}"] = value
        for key, value in out.items():
            print(f"{name}: {key} {np.shape(value)} in {np.min(value):.3g} … {np.max(value):.3g}")
        np.savez_compressed(HERE / f"{name}.npz", **{key: stored(value) for key, value in out.items()})
        print(name, out["logits"])


if __name__ == "__main__":
    main()
