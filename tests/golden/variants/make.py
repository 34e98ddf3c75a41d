#!/usr/bin/env python3
"""One small network in every form in which people keep their models. heatlens must read the same network from each.

    pip install torch torchvision onnx onnxscript safetensors
    python make.py

Writes the files beside this script, and `input.npy` and `logits.npy` (torch, eval mode). The network is torchvision's ResNet class, narrowed
so that the files stay small; its weights are random with a fixed seed and its batch norms hold statistics of random data.
"""
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn as nn
from safetensors.torch import save_file
from torchvision.models.resnet import BasicBlock, ResNet

HERE = Path(__file__).parent


def narrow_resnet():
    net = ResNet(BasicBlock, [2, 1, 1, 2], num_classes=2)
    net.inplanes = 4
    net.conv1 = nn.Conv2d(3, 4, 7, 2, 3, bias=False)
    net.bn1 = nn.BatchNorm2d(4)
    net.layer1 = net._make_layer(BasicBlock, 4, 2)
    net.layer2 = net._make_layer(BasicBlock, 8, 1, stride=2)
    net.layer3 = net._make_layer(BasicBlock, 8, 1, stride=2)
    net.layer4 = net._make_layer(BasicBlock, 16, 2, stride=2)
    net.fc = nn.Linear(16, 2)
    return net


def main():
    torch.manual_seed(7)
    net = narrow_resnet()
    for _ in range(20):
        net(torch.randn(4, 3, 64, 64))
    net.eval()
    x = torch.randn(1, 3, 64, 64)
    with torch.inference_mode():
        logits = net(x)
    np.save(HERE / "input.npy", x.numpy())
    np.save(HERE / "logits.npy", logits.numpy())

    state = net.state_dict()
    torch.save(state, HERE / "state.pth")
    torch.save(state, HERE / "legacy.pth", _use_new_zipfile_serialization=False)
    torch.save({"epoch": 3, "state_dict": state, "best_acc": 0.9}, HERE / "wrapped.pth")
    torch.save({f"module.{name}": tensor for name, tensor in state.items()}, HERE / "prefixed.pth")
    torch.save({"state_dict": {f"model.backbone.{name}": tensor for name, tensor in state.items()}, "pytorch-lightning_version": "2.0"},
               HERE / "lightning.ckpt")
    torch.save(net, HERE / "whole.pth")
    save_file(state, HERE / "weights.safetensors")
    torch.onnx.export(net, x, HERE / "torchscript.onnx", dynamo=False, opset_version=13, input_names=["image"], output_names=["logits"],
                      dynamic_axes={"image": {0: "batch"}})
    torch.onnx.export(net, (x,), HERE / "dynamo.onnx", dynamo=True, input_names=["image"], output_names=["logits"], external_data=False)
    drop_stack_traces(HERE / "dynamo.onnx")


def drop_stack_traces(path):
    """The exporter writes the paths of the machine it ran on into every node."""
    model = onnx.load(path)
    for node in model.graph.node:
        kept = [p for p in node.metadata_props if p.key != "pkg.torch.onnx.stack_trace"]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
    onnx.save(model, path)


if __name__ == "__main__":
    main()
