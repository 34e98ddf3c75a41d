"""Makes `own-code.onnx`, a network whose classes say what they compute in code alone (a gate, a maximum in front of the classifier, the cosines that ArcFace trains), as
its export tells it, and `own-code.safetensors`, what PyTorch computes.

    python own_code.py

Needs torch, onnx, safetensors.
"""

import warnings
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.torch import save_file

HERE = Path(__file__).parent
warnings.filterwarnings("ignore")


class Gate(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.attention = nn.Conv2d(2 * channels, channels, 1)

    def forward(self, x):
        return torch.sigmoid(self.attention(torch.cat([x, x], 1))) * x


class Cosine(nn.Module):
    def __init__(self, features, classes):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(classes, features))

    def forward(self, x):
        return 30 * F.linear(F.normalize(x), F.normalize(self.weight))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 6, 3, 2, bias=False), nn.BatchNorm2d(6), nn.ReLU(), Gate(6))
        self.metric_fc = Cosine(6, 2)

    def forward(self, x):
        return self.metric_fc(F.adaptive_max_pool2d(self.features(x), 1).flatten(1))


generator = torch.Generator().manual_seed(11)
net = Net().eval()
for parameter in net.parameters():
    parameter.data = torch.randn(parameter.shape, generator=generator)
image = torch.randn(1, 3, 16, 20, generator=generator)
torch.onnx.export(net, image, HERE / "own-code.onnx", dynamo=False, opset_version=17, input_names=["input"], output_names=["output"])
with torch.no_grad():
    expected = {"input": image, "logits": net(image), "layer:features.3": net.features(image)}
save_file({name: value.contiguous() for name, value in expected.items()}, HERE / "own-code.safetensors")
print(expected["logits"].tolist(), (HERE / "own-code.onnx").stat().st_size, "bytes")
