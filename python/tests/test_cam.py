"""pytorch-grad-cam's names, beside pytorch-grad-cam."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
torchvision = pytest.importorskip("torchvision")
peer = pytest.importorskip("pytorch_grad_cam")

from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget as PeersTarget  # noqa: E402

from heatlens import HeatlensError, cam  # noqa: E402


def settled(net, seed=0):
    """Weights and statistics that are no initial values."""
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in net.state_dict().items():
        if name.endswith("running_var"):
            tensor.copy_(0.5 + torch.rand(tensor.shape, generator=generator))
        elif name.endswith("running_mean"):
            tensor.copy_(0.1 * torch.randn(tensor.shape, generator=generator))
    return net.eval()


class Own(torch.nn.Module):
    """A network outside every family."""

    def __init__(self):
        super().__init__()
        self.first = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 5, 2), torch.nn.BatchNorm2d(8), torch.nn.ReLU(inplace=True))
        self.second = torch.nn.Conv2d(8, 12, 3, padding=1)
        self.third = torch.nn.Conv2d(12, 12, 3, padding=1)
        self.out = torch.nn.Linear(12, 3)

    def forward(self, x):
        x = torch.relu(self.second(self.first(x)))
        x = torch.relu(self.third(x)) + x
        return self.out(x.mean((2, 3)))


@pytest.fixture(scope="module")
def resnet():
    torch.manual_seed(0)
    return settled(torchvision.models.resnet18(num_classes=3))


@pytest.fixture(scope="module")
def x():
    return torch.randn(2, 3, 96, 96, generator=torch.Generator().manual_seed(1))


def beside(name, net, layers, x, targets, **options):
    with getattr(peer, name)(model=net, target_layers=layers) as theirs:
        expected = theirs(input_tensor=x, targets=[PeersTarget(t) for t in targets] if targets else None, **options)
    with getattr(cam, name)(model=net, target_layers=layers) as ours:
        found = ours(input_tensor=x, targets=[cam.ClassifierOutputTarget(t) for t in targets] if targets else None, **options)
    assert found.shape == expected.shape and found.dtype == np.float32
    return float(np.abs(found - expected).max())


@pytest.mark.parametrize("name", ["GradCAM", "HiResCAM", "GradCAMPlusPlus", "XGradCAM", "LayerCAM", "EigenGradCAM"])
def test_as_the_peer(name, resnet, x):
    assert beside(name, resnet, [resnet.layer4[-1]], x, [2, 0]) < 1e-3


def test_predicted_classes_several_layers_and_the_peers_own_targets(resnet, x):
    assert beside("GradCAM", resnet, [resnet.layer4[-1]], x, None) < 1e-3
    assert beside("GradCAM", resnet, [resnet.layer3[-1], resnet.layer4[-1]], x, [1, 1]) < 1e-3
    found = cam.GradCAM(model=resnet, target_layers=[resnet.layer4[-1]])(x, [PeersTarget(2), PeersTarget(0)])
    ours = cam.GradCAM(model=resnet, target_layers=[resnet.layer4[-1]])(x, [cam.ClassifierOutputTarget(2), PeersTarget(0)])
    assert np.array_equal(found, ours)


def test_a_network_outside_every_family(x):
    pytest.importorskip("onnxscript")
    torch.manual_seed(3)
    net = settled(Own())
    assert beside("GradCAM", net, [net.third], x, [2, 0]) < 1e-3


def test_wrappers_training_and_changed_weights(resnet, x):
    wrapped = torch.nn.Sequential()
    wrapped.add_module("backbone", torchvision.models.resnet18(num_classes=3))
    wrapped.backbone.load_state_dict(resnet.state_dict())
    plain = cam.GradCAM(model=resnet, target_layers=[resnet.layer4[-1]])
    layer = wrapped.backbone.layer4[-1]
    ours = cam.GradCAM(model=torch.nn.DataParallel(wrapped), target_layers=[layer])
    target = [cam.ClassifierOutputTarget(1)] * 2
    wrapped.train()
    assert np.allclose(ours(x, target), plain(x, target), atol=1e-5)
    assert wrapped.training
    with torch.no_grad():
        wrapped.backbone.fc.weight.neg_()
        wrapped.backbone.fc.bias.neg_()
    changed = ours(x, target)
    assert not np.allclose(changed, plain(x, target), atol=1e-2)


def test_what_cannot_be_explained_is_an_error(resnet, x):
    ours = cam.GradCAM(model=resnet, target_layers=[resnet.layer4[-1]])
    with pytest.raises(ValueError, match="2 images and 1 targets"):
        ours(x, [cam.ClassifierOutputTarget(1)])
    with pytest.raises(TypeError, match="is no target"):
        ours(x, [lambda out: out[1]] * 2)
    with pytest.raises(ValueError, match="no part of the model"):
        cam.GradCAM(model=resnet, target_layers=[torch.nn.ReLU()])(x)


class Shifted(torch.nn.Module):
    """Its weights are those of a ResNet, and it computes something else, which depends on data."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        out = self.net(x)
        return out + 100 if out.sum() > -1e9 else out


def test_a_module_that_computes_something_else_is_never_explained(resnet, x):
    with pytest.raises(HeatlensError, match="computes the same") as error:
        cam.GradCAM(model=Shifted(resnet), target_layers=[resnet.layer4[-1]])(x)
    assert "by its weights: the model's outputs are" in str(error.value)
