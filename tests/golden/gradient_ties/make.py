"""Writes ties.txt beside this script: the gradients that PyTorch gives at ties and kinks, where the derivative is a convention.

A line a case: name | shape of x | x | cotangent of the output | gradient. Run: python make.py (made with PyTorch 2.15).
"""

from pathlib import Path

import torch
import torch.nn.functional as F

ZERO = torch.zeros(())
CASES = {
    "relu": (F.relu, [-1.0, -0.0, 0.0, 1.0]),
    "relu6": (F.relu6, [-1.0, 0.0, 3.0, 6.0, 7.0]),
    "clamp": (lambda x: x.clamp(-1.0, 2.0), [-2.0, -1.0, 0.0, 2.0, 3.0]),
    "leaky_relu": (lambda x: F.leaky_relu(x, 0.125), [-1.0, 0.0, 1.0]),
    "prelu": (lambda x: F.prelu(x, torch.tensor([0.25])), [-1.0, 0.0, 1.0]),
    "elu": (lambda x: F.elu(x, 0.75), [-1.0, 0.0, 1.0]),
    "selu": (F.selu, [-1.0, 0.0, 1.0]),
    "hardsigmoid": (F.hardsigmoid, [-4.0, -3.0, 0.0, 3.0, 4.0]),
    "hardswish": (F.hardswish, [-4.0, -3.0, 0.0, 3.0, 4.0]),
    "abs": (torch.abs, [-1.0, 0.0, 1.0]),
    "maximum": (lambda x: torch.maximum(x, ZERO), [-1.0, 0.0, 1.0]),
    "minimum": (lambda x: torch.minimum(x, ZERO), [-1.0, 0.0, 1.0]),
    "power_0": (lambda x: x**0.0, [-1.0, 0.0, 2.0]),
    "power_2": (lambda x: x**2.0, [-1.0, 0.0, 2.0]),
    "amax": (lambda x: x.amax(1), [[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]]),
    "amin": (lambda x: x.amin(1), [[1.0, 3.0, 1.0], [2.0, 2.0, 2.0]]),
    "norm": (lambda x: torch.linalg.vector_norm(x, dim=1), [[3.0, 4.0], [0.0, 0.0]]),
    "prod": (lambda x: x.prod(1), [[2.0, 0.0, 3.0], [0.0, 0.0, 3.0], [2.0, 1.0, 3.0]]),
    # What a ReLU leaves behind: plateaus of zeros, and equal maxima.
    "max_pool_2": (
        lambda x: F.max_pool2d(x, 2),
        [[[[0.0, 0.0, 2.0, 1.0], [0.0, 0.0, 2.0, 2.0], [0.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 3.0]]]],
    ),
    "max_pool_3": (
        lambda x: F.max_pool2d(x, 3, stride=2, padding=1),
        [[[[0.0, 0.0, 2.0, 1.0], [0.0, 0.0, 2.0, 2.0], [0.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 3.0]]]],
    ),
    "global_max_pool": (lambda x: F.adaptive_max_pool2d(x, 1), [[[[1.0, 2.0], [2.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]]]),
}


def line(name, function, x):
    x = torch.tensor(x, requires_grad=True)
    y = function(x)
    cotangent = torch.arange(1.0, y.numel() + 1).reshape(y.shape)
    y.backward(cotangent)
    numbers = lambda t: " ".join(repr(v) for v in t.detach().flatten().tolist())
    return " | ".join([name, " ".join(map(str, x.shape)), numbers(x), numbers(cotangent), numbers(x.grad)])


lines = [line(name, function, x) for name, (function, x) in CASES.items()]
Path(__file__).with_name("ties.txt").write_text("\n".join(lines) + "\n")
