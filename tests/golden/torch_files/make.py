"""Writes tiny checkpoints in every form that heatlens reads, and broken or hostile ones that it must refuse.

Run in this folder: `python make.py`. It needs torch, torchvision, numpy and safetensors (made with torch 2.15). No expected values are stored: element i of tensor k of
a state dict is ((37 i + 11 k) mod 101 - 50) / 64, a number that is exact in every floating point type, and the tests compute the same.
"""

import argparse
import builtins
import collections
import copy
import datetime
import io
import os
import pathlib
import pickle
import struct
import zipfile
from unittest import mock

import numpy
import safetensors.torch
import torch
import torchvision
from torch import nn

HERE = pathlib.Path(__file__).parent
BAD = HERE.parents[2] / "crates/formats/tests/bad/torch"
SHAPES = {
    "conv.weight": (4, 3, 3, 3), "conv.bias": (4,), "bn.weight": (4,), "bn.bias": (4,), "bn.running_mean": (4,), "bn.running_var": (4,),
    "bn.num_batches_tracked": (), "fc.weight": (2, 4), "fc.bias": (2,),
}


def values(k, shape):
    i = torch.arange(int(numpy.prod(shape)), dtype=torch.int64)
    return (((37 * i + 11 * k) % 101 - 50).to(torch.float32) / 64).reshape(shape)


def state(shift=0):
    tensors = collections.OrderedDict((name, values(k + shift, shape)) for k, (name, shape) in enumerate(SHAPES.items()))
    tensors["bn.num_batches_tracked"] = torch.tensor(7)
    return tensors


def prefixed(prefix, tensors):
    return collections.OrderedDict((prefix + name, tensor) for name, tensor in tensors.items())


def cast(dtype):
    return collections.OrderedDict((n, t.to(dtype) if t.is_floating_point() else t) for n, t in state().items())


def strided():
    tensors = state()
    tensors["conv.weight"] = tensors["conv.weight"].contiguous(memory_format=torch.channels_last)
    tensors["fc.weight"] = tensors["fc.weight"].t().contiguous().t()
    tensors["bn.bias"] = torch.stack([tensors["bn.bias"], torch.zeros(4)], 1)[:, 0]
    return tensors


def shared():
    """All tensors are windows of one storage, with a gap at the beginning."""
    tensors = state()
    flat = torch.cat([torch.full((5,), 9.0)] + [t.flatten() for t in tensors.values() if t.is_floating_point()])
    at = 5
    for name, tensor in tensors.items():
        if tensor.is_floating_point():
            tensors[name] = flat[at : at + tensor.numel()].view(tensor.shape)
            at += tensor.numel()
    tensors["tied.weight"] = tensors["fc.weight"]
    return tensors


class Net(nn.Module):
    """Pickled as a class of the user's own."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, (3, 3), stride=2, padding=1)
        self.bn = nn.BatchNorm2d(4, eps=1e-3)
        self.fc = nn.Linear(4, 2)
        self.activation = nn.functional.relu
        self.size = torch.Size([8, 8])
        self.title = "net"
        self.register_buffer("scratch", torch.zeros(3), persistent=False)
        self.load_state_dict(state())

    def forward(self, x):
        return self.fc(self.activation(self.bn(self.conv(x))).mean((2, 3)))


class History:
    """Some object of the user's own beside the weights."""

    def __init__(self):
        self.losses = [0.5, 0.25]


def sequential():
    net = Net()
    return nn.Sequential(collections.OrderedDict(conv=net.conv, bn=net.bn, pool=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten(), fc=net.fc))


def training():
    net = Net()
    optimizer = torch.optim.Adam(net.parameters())
    net(torch.ones(1, 3, 8, 8)).sum().backward()
    optimizer.step()
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 3)
    return {
        "epoch": 3,
        "arch": "net",
        "step": torch.tensor(12),
        "best_acc": numpy.float64(0.75),
        "class_weights": numpy.array([1.0, 2.0]),
        "args": argparse.Namespace(lr=0.1, out=pathlib.PurePosixPath("runs"), device=torch.device("cpu"), dtype=torch.float16),
        "when": datetime.datetime(2024, 1, 2),
        "classes": {"glaucoma", "normal"},
        "counts": collections.defaultdict(int, a=1),
        "seed": 2**70,
        "size": torch.Size([3, 4]),
        "history": History(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "model_state_dict": state(),
    }


class ViewPickler(pickle.Pickler):
    """Refers to storages as PyTorch 0.4 did where several were parts of one."""

    def persistent_id(self, thing):
        if isinstance(thing, tuple) and thing[:1] == ("part",):
            return ("storage", torch.FloatStorage, "root", "cpu", 12, ("view%d" % thing[1], thing[1], thing[2]))


class Part:
    def __init__(self, offset, length, shape, stride):
        self.args = (("part", offset, length), 0, shape, stride, False, collections.OrderedDict())

    def __reduce__(self):
        return torch._utils._rebuild_tensor_v2, self.args


def legacy_views():
    out = io.BytesIO()
    for head in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}):
        pickle.dump(head, out, protocol=2)
    ViewPickler(out, protocol=2).dump({"fc.weight": Part(2, 8, (2, 4), (4, 1)), "fc.bias": Part(10, 2, (2,), (1,))})
    pickle.dump(["root"], out, protocol=2)
    elements = [9.0, 9.0] + values(0, (8,)).tolist() + values(1, (2,)).tolist()
    out.write(struct.pack("<q12f", 12, *elements))
    (HERE / "legacy_views.pth").write_bytes(out.getvalue())


def with_byteorder_big():
    """What a big-endian machine writes."""
    source, out = io.BytesIO(), io.BytesIO()
    torch.save(state(), source)
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename.endswith("/byteorder"):
                content = b"big"
            elif "/data/" in entry.filename:
                size = 8 if len(content) == 8 and entry.filename.endswith("/6") else 4
                content = b"".join(content[i : i + size][::-1] for i in range(0, len(content), size))
            new.writestr(zipfile.ZipInfo(entry.filename), content)
    (HERE / "big_endian.pth").write_bytes(out.getvalue())


def recompressed(name, thing):
    source = io.BytesIO()
    torch.save(thing, source)
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(HERE / name, "w") as new:
        for entry in old.infolist():
            info = zipfile.ZipInfo(entry.filename)
            new.writestr(info, old.read(entry), zipfile.ZIP_DEFLATED, 9)


class Call:
    """Pickles as a call."""

    def __init__(self, function, *args):
        self.call = (function, args)

    def __reduce__(self):
        return self.call


def global_(module, name):
    return b"c" + module.encode() + b"\n" + name.encode() + b"\n"


def zip_of(pkl):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo("bad/data.pkl"), pkl)
        archive.writestr(zipfile.ZipInfo("bad/version"), "3\n")
    return out.getvalue()


class Classifier(nn.Module):
    """What users write around a backbone."""

    def __init__(self, backbone, head):
        super().__init__()
        self.backbone, self.head = backbone, head


def resnets():
    """The shortest ResNet in the forms that state dicts of it take. All weights are 0, which a zip archive compresses to nothing."""
    resnet = torchvision.models.resnet.ResNet(torchvision.models.resnet.BasicBlock, [1, 1, 1, 1], num_classes=3)
    headless = copy.deepcopy(resnet)
    headless.fc = nn.Identity()
    whole = copy.deepcopy(resnet)
    whole.fc = nn.Sequential(nn.Linear(512, 8), nn.Tanh(), nn.Linear(8, 3))
    numbered = Classifier(nn.Sequential(*list(resnet.children())[:-1]), nn.Linear(512, 3))
    forms = {
        "plain": resnet.state_dict(),
        "prefixed": prefixed("module.model._orig_mod.net.", resnet.state_dict()),
        "averaged": prefixed("model.", resnet.state_dict()) | prefixed("model_ema.", resnet.state_dict()) | {"criterion.weight": torch.ones(3)},
        "headless": Classifier(headless, nn.Linear(512, 3)).state_dict(),
        "numbered": numbered.state_dict(),
        "whole": whole,
        "whole_headless": {"model": nn.DataParallel(Classifier(headless, nn.Sequential(nn.Linear(512, 8), nn.Tanh(), nn.Linear(8, 3))))},
        "unknown_beside": prefixed("backbone.", resnet.state_dict()) | {"gate.weight": torch.zeros(5, 4)},
    }
    for name, thing in forms.items():
        tensors = thing.values() if isinstance(thing, dict) and name != "whole_headless" else (thing["model"] if isinstance(thing, dict) else thing).parameters()
        for tensor in tensors:
            tensor.data.zero_()
        recompressed(f"resnet_{name}.pth", thing)


def good():
    save = lambda name, thing, **options: torch.save(thing, HERE / name, **options)
    old = dict(_use_new_zipfile_serialization=False)
    save("zip.pth", state())
    # `<name>/data.pkl` has 30 characters, with which the search for the beginning of a zip archive can go wrong.
    save("name_of_21_characters.pth", state())
    save("protocol4.pth", state(), pickle_protocol=4)
    save("protocol5.pth", state(), pickle_protocol=5)
    save("legacy.pth", state(), **old)
    save("legacy_protocol4.pth", state(), pickle_protocol=4, **old)
    legacy_views()
    with_byteorder_big()
    recompressed("recompressed.pth", state())
    save("f16.pth", cast(torch.float16))
    save("bf16.pth", cast(torch.bfloat16))
    save("f64_legacy.pth", cast(torch.float64), **old)
    save("strided.pth", strided())
    save("strided_legacy.pth", strided(), **old)
    save("shared.pth", shared())
    save("shared_legacy.pth", shared(), **old)
    kinds = ["int8", "uint8", "int16", "int32", "int64", "uint16", "uint32", "uint64", "bool"]
    save("integers.pth", {kind: torch.tensor([0, 1, 100]).to(getattr(torch, kind)) for kind in kinds})
    save("parameters.pth", dict(Net().named_parameters()))
    tagged = nn.Parameter(values(0, (2, 4)))
    tagged.note = "extra state"
    save("parameter_with_state.pth", {"fc.weight": tagged})
    save("dictionary.pth", collections.defaultdict(None, state()))
    save("training.pth", training())
    save("training_legacy.pth", training(), **old)
    save("averaged.pth", {"state_dict_ema": state(40), "state_dict": state(), "epoch": 1})
    save("only_averaged.pth", {"ema": state(), "epoch": 1})
    save("lightning.ckpt", {
        "epoch": 1, "global_step": 10, "pytorch-lightning_version": "2.4.0", "loops": {"fit_loop": {"state_dict": {}}}, "callbacks": {},
        "state_dict": prefixed("model.", state()) | {"criterion.weight": torch.ones(2)}, "hyper_parameters": {"lr": 0.1},
    })
    save("prefixed.pth", prefixed("module._orig_mod.backbone.", state()))
    save("tuple.pth", (3, state()))
    save("parts.pth", {"encoder": state(), "decoder": state(40)})
    save("module.pth", sequential())
    # The old format adds the source code of module classes; PyTorch's own need not be repeated here.
    with mock.patch("inspect.getsourcelines", lambda _: (["class Module: pass\n"], 1)), mock.patch("inspect.getsourcefile", lambda _: "module.py"):
        save("module_legacy.pth", sequential(), **old)
    save("module_own.pth", Net())
    save("module_in_dictionary.pth", {"epoch": 1, "model": nn.DataParallel(Net())})
    resnets()
    for kind in ("float32", "float16", "bfloat16"):
        safetensors.torch.save_file(cast(getattr(torch, kind)), HERE / f"{kind}.safetensors", metadata={"format": "pt"})


def bad():
    hostile = state()
    hostile["fc.extra"] = Call(os.system, "echo this must never run > /dev/null")
    torch.save(hostile, BAD / "os_system.pth")
    torch.save(hostile, BAD / "os_system_legacy.pth", _use_new_zipfile_serialization=False)
    torch.save({"weights": Call(builtins.eval, "1 + 1")}, BAD / "eval.pth")
    # getattr(<module fetched as an attribute>, "system")("...")
    steps = global_("builtins", "getattr") + global_("torch.serialization", "os") + b"X\x06\0\0\0system\x86R" + b"X\x02\0\0\0ls\x85R."
    (BAD / "attribute_of_a_module.pth").write_bytes(zip_of(b"\x80\x02" + steps))
    # A method of an object that a call returned.
    steps = global_("builtins", "getattr") + global_("torch.nn", "Linear") + b")R" + b"X\x05\0\0\0apply\x86R" + b")R."
    (BAD / "method_of_an_object.pth").write_bytes(zip_of(b"\x80\x02" + steps))
    # map(os.system, ["ls"]): mentioned as an argument only.
    steps = global_("builtins", "map") + global_("posix", "system") + b"X\x02\0\0\0ls\x85\x86R."
    (BAD / "mentioned.pth").write_bytes(zip_of(b"\x80\x02" + steps))
    # A list that contains itself, where the state dict should be.
    (BAD / "cycle.pth").write_bytes(zip_of(b"\x80\x02}q\0X\x05\0\0\0modelh\0s."))
    # Lists of lists, each holding the one before ten times: 10^40 paths.
    laughs = b"\x80\x02]q\0" + b"".join(b"(" + b"h" + bytes([i]) * 1 + (b"h" + bytes([i])) * 9 + b"lq" + bytes([i + 1]) for i in range(40)) + b"."
    (BAD / "billion_laughs.pth").write_bytes(zip_of(laughs))
    (BAD / "deep.pth").write_bytes(zip_of(b"\x80\x02" + b"(" * 5000 + b"l" * 5000 + b"."))
    # The same with dictionaries and a weight at the bottom, and with modules.
    torch.save({"w": torch.ones(2, 2)}, source := io.BytesIO())
    with zipfile.ZipFile(source) as archive:
        weight = archive.read("archive/data.pkl")[:-1]
    many = [b"X\x01\0\0\0" + bytes([97 + j]) + b"h\xff" for j in range(20)]
    (BAD / "dictionary_laughs.pth").write_bytes(zip_of(weight + b"q\xff" + (b"}(" + b"".join(many) + b"uq\xff") * 14 + b"."))
    text = lambda name: b"X" + struct.pack("<I", len(name)) + name.encode()
    instance = lambda children: global_("torch.nn", "Sequential") + b")\x81}(" + text("_parameters") + b"}" + text("_modules") + b"}(" + children + b"uub"
    modules = instance(b"".join(many)) + b"q\xff"
    (BAD / "module_laughs.pth").write_bytes(zip_of(weight + b"q\xff" + modules * 14 + b"."))
    # Element counts and windows that do not fit.
    for name, numel, offset, size, stride in [
        ("beyond_storage", 4, 0, (5,), (1,)), ("huge", 4, 0, (2**40,), (1,)), ("repeated", 4, 0, (2**40,), (0,)), ("overflow", 4, 1, (2**40, 2**40), (0, 0)),
        ("stride", 4, 1, (2,), (2**62,)), ("negative", 4, 3, (2,), (-1,)),
    ]:
        source, out = io.BytesIO(), io.BytesIO()
        torch.save({"w": torch.zeros(4), "bias": torch.zeros(2)}, source)

        class Window:
            def __reduce__(self):
                return torch._utils._rebuild_tensor_v2, (StorageOfFour(), offset, size, stride, False, collections.OrderedDict())

        class StorageOfFour:
            pass

        class Pickler(pickle.Pickler):
            def persistent_id(self, thing):
                return ("storage", torch.FloatStorage, "0", "cpu", numel) if isinstance(thing, StorageOfFour) else None

        pkl = io.BytesIO()
        Pickler(pkl, protocol=2).dump({"w": Window()})
        with zipfile.ZipFile(source) as old, zipfile.ZipFile(out, "w") as new:
            for entry in old.infolist():
                new.writestr(zipfile.ZipInfo(entry.filename), pkl.getvalue() if entry.filename.endswith("data.pkl") else old.read(entry))
        (BAD / f"window_{name}.pth").write_bytes(out.getvalue())
    quantised = torch.quantize_per_tensor(torch.ones(2, 4), 0.1, 0, torch.qint8)
    torch.save({"fc.weight": quantised}, BAD / "quantised.pth")
    torch.save({"fc.weight": torch.ones(2, 4, dtype=torch.complex64)}, BAD / "complex.pth")
    torch.save({"fc.weight": torch.ones(2, 4, device="meta")}, BAD / "meta.pth")
    torch.save({"epoch": 1, "history": History()}, BAD / "no_weights.pth")
    torch.save(History(), BAD / "opaque.pth")
    torch.save([1, 2], BAD / "numbers.pth")
    script = io.BytesIO()
    torch.jit.save(torch.jit.script(nn.Linear(2, 2)), script)
    with zipfile.ZipFile(script) as old, zipfile.ZipFile(BAD / "torchscript.pt", "w") as new:
        for entry in old.infolist():
            # Debug information tells where PyTorch was installed.
            if not entry.filename.endswith("debug_pkl"):
                new.writestr(zipfile.ZipInfo(entry.filename), old.read(entry))
    # What marks an archive of torch.export, whose programs take more than its weights.
    with zipfile.ZipFile(BAD / "exported.pt2", "w") as exported:
        for entry, text in (("archive_format", "pt2"), ("models/model.json", "{}"), ("data/weights/weight_0", "")):
            exported.writestr(zipfile.ZipInfo(f"exported/{entry}"), text)
    (BAD / "plain_pickle.pkl").write_bytes(pickle.dumps({"a": 1}, protocol=2))
    # Claims to uncompress to 2 GB.
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w") as archive:
        info = zipfile.ZipInfo("bomb/data.pkl")
        info.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(info, bytes(123456))
    (BAD / "bomb.pth").write_bytes(bomb.getvalue().replace(struct.pack("<I", 123456), struct.pack("<I", 0x7FFFFFFF)))
    with zipfile.ZipFile(BAD / "zip_in_zip.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo("best_model.pth"), b"weights")
    header = b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}'
    (BAD / "overlap.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bytes(12))
    header = b'{"a":{"dtype":"F32","shape":[1099511627776],"data_offsets":[0,4398046511104]}}'
    (BAD / "huge.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bytes(12))
    (BAD / "huge_header.safetensors").write_bytes(struct.pack("<Q", 2**31) + b'{"a":')


if __name__ == "__main__":
    torch.manual_seed(0)
    good()
    bad()
