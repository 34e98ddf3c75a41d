"""Makes an archive of PyTorch programs, and what PyTorch computes with them.

    python make.py                  # with torch 2.15 and torchvision 0.29: programs.zip
    python make.py --big FOLDER     # whole networks of torchvision and timm into FOLDER, for the test that HEATLENS_PROGRAMS names it to

Small networks, which together have every operator that is read, each in several forms: `NAME.pt2` of
torch.export with a free batch, `NAME.core.pt2` after run_decompositions(), `NAME.fixed.pt2` exported for two
images, `NAME.old.pt2` in the container of older versions (written here from what the serializer gives, in the
layout that torch.export.load still reads), `NAME.trace.pt` and `NAME.script.pt` of TorchScript. `expected.json`
has the logits of an image that follows from its shape by a formula, and the raw GradCAM map of class 1.
"""

import io
import json
import sys
import warnings
import zipfile
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

warnings.filterwarnings("ignore")
HERE = Path(__file__).parent
BATCH = torch.export.Dim("batch")


def uniform(name, count):
    """Uniform in [-1, 1), by FNV-1a of the name and SplitMix64."""
    state = 0xCBF29CE484222325
    for byte in name.encode():
        state = (state ^ byte) * 0x100000001B3 % 2**64
    with np.errstate(over="ignore"):
        z = np.uint64(state) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return ((z >> np.uint64(40)).astype(np.int64) - (1 << 23)).astype(np.float32) / np.float32(1 << 23)


def filled(model):
    """Weights by their names: kernels keep the size of what goes through them, statistics are near 0 and 1."""
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if not tensor.is_floating_point() or name.split(".")[-1].startswith("fixed"):
                continue
            leaf, shape = name.split(".")[-1], tensor.shape
            if leaf == "running_var":
                scale, offset = 0.5, 1.0
            elif len(shape) > 1:
                scale, offset = float(np.sqrt(6.0 / np.prod(shape[1:]))), 0.0
            elif leaf == "weight":
                scale, offset = 0.2, 1.0
            else:
                scale, offset = 0.1, 0.0
            values = offset + scale * uniform(name, tensor.numel())
            tensor.copy_(torch.from_numpy(values.astype(np.float32)).reshape(shape))
    return model.eval()


def image(shape):
    return torch.from_numpy(uniform("image/" + "x".join(map(str, shape)), int(np.prod(shape))).reshape(1, *shape))


def expected(model, shape, layer):
    """Logits, and the raw GradCAM map of class 1 where a layer is named."""
    caught, x = [], image(shape)

    def catch(_module, _inputs, output):
        # What follows gets a copy, for it may work in place.
        caught.append(output)
        output.retain_grad()
        return output.clone()

    handle = model.get_submodule(layer).register_forward_hook(catch) if layer is not None else None
    x.requires_grad_(True)
    logits = model(x)
    result = {"shape": list(shape), "logits": logits[0].tolist()}
    if handle is not None:
        logits[0, 1].backward()
        handle.remove()
        A, G = caught[0].detach().double()[0], caught[0].grad.double()[0]
        if A.dim() == 3:
            result.update(layer=layer, cam=(A * G.mean((1, 2), keepdim=True)).sum(0).tolist())
        else:
            result.update(layer=layer)
    return result


def conv(i, o, k=3, **kwargs):
    return nn.Conv2d(i, o, k, **kwargs)


class Pooled(nn.Module):
    """Features, global pooling and a classifier, as most networks have them."""

    def __init__(self, features, channels, classes=3):
        super().__init__()
        self.features = features
        self.fc = nn.Linear(channels, classes)

    def forward(self, x):
        x = self.features(x)
        x = F.adaptive_avg_pool2d(x, (1, 1))
        return self.fc(torch.flatten(x, 1))


class Custom(nn.Module):
    """F.relu, x.view with the batch, a shortcut in place: as people write networks."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = conv(3, 6, padding=1, bias=False), nn.BatchNorm2d(6)
        self.conv2, self.bn2 = conv(6, 6, padding=1), nn.BatchNorm2d(6)
        self.drop = nn.Dropout(0.5)
        self.fc1, self.fc2 = nn.Linear(6 * 4 * 4, 8), nn.Linear(8, 3)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        x = F.max_pool2d(x, 2)
        y = self.bn2(self.conv2(x))
        y += x
        x = F.relu_(y)
        x = F.max_pool2d(x, kernel_size=2, stride=2)
        x = x.view(x.size(0), -1)
        x = self.drop(F.relu(self.fc1(x)))
        return self.fc2(x)


class Shared(nn.Module):
    """One convolution that is called twice, and an activation in place that others see."""

    def __init__(self):
        super().__init__()
        self.stem, self.twice, self.act = conv(3, 4, padding=1), conv(4, 4, padding=1), nn.ReLU(inplace=True)
        self.fc = nn.Linear(4, 3)

    def forward(self, x):
        x = self.stem(x)
        y = x
        x = self.act(x)
        x = self.twice(self.twice(x) + y)
        return self.fc(x.mean([2, 3]))


class Norms(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.group = conv(3, 8), nn.GroupNorm(4, 8)
        self.b, self.instance = conv(8, 8), nn.InstanceNorm2d(8, affine=True)
        self.c, self.plain = conv(8, 8), nn.InstanceNorm2d(8)
        self.d, self.lrn = conv(8, 8), nn.LocalResponseNorm(3)
        self.layer, self.batch = nn.LayerNorm(8), nn.BatchNorm1d(8, affine=False)
        self.fc = nn.Linear(8, 3)

    def forward(self, x):
        x = self.group(self.a(x))
        x = self.instance(self.b(x))
        x = self.plain(self.c(x))
        x = self.lrn(self.d(x))
        x = self.layer(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        return self.fc(self.batch(x.mean(dim=(2, 3))))


class Activations(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.prelu, self.one = conv(3, 8), nn.PReLU(8), nn.PReLU()
        self.fc = nn.Linear(8 * 20 + 4, 3)

    def forward(self, x):
        x = self.stem(x)
        parts = [
            F.relu6(x * 4), F.silu(x), F.mish(x), torch.sigmoid(x), torch.tanh(x), torch.erf(x), F.hardswish(x),
            F.hardsigmoid(x), F.hardtanh(x), F.leaky_relu(x, 0.2), F.elu(x, 0.7), F.celu(x, 0.5), F.selu(x), F.gelu(x),
            F.gelu(x, approximate="tanh"), F.softplus(x), F.softsign(x), F.logsigmoid(x), self.prelu(x), self.one(x),
        ]
        x = torch.cat(parts, 1).mean((2, 3))
        y = F.glu(x[:, :8]) + F.threshold(x[:, 8:12], 0.1, 0.5) * F.hardshrink(x[:, 12:16]) + F.softplus(x[:, :4], 2.0)
        y = F.softmax(y, dim=-1) + F.log_softmax(y, 1)
        return self.fc(torch.cat([x, y], dim=1))


class Pools(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.features = conv(3, 6, padding=1), conv(12, 6, padding=1)
        self.fc = nn.Linear(6 * 9 + 6 + 6, 3)

    def forward(self, x):
        x = self.stem(x)
        a = F.max_pool2d(x, 3, 2, padding=1, ceil_mode=True)
        b = F.avg_pool2d(x, (3, 3), (2, 2), (1, 1), count_include_pad=False, ceil_mode=True)
        x = self.features(torch.cat([a, b], 1))
        y = F.avg_pool2d(x, x.size(2), 1)
        return self.fc(torch.cat([F.adaptive_avg_pool2d(x, 3).flatten(1), F.adaptive_max_pool2d(x, 1).flatten(1), y.flatten(1)], 1))


class Arithmetic(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = conv(3, 4)
        self.register_buffer("fixed_mean", torch.tensor([0.1, 0.2, 0.3]).reshape(1, 3, 1, 1))
        self.scale = nn.Parameter(torch.ones(4, 1, 1))
        self.fc = nn.Linear(4 * 6, 3)

    def forward(self, x):
        x = (x - self.fixed_mean) / 0.5
        x = self.stem(x)
        y = x.abs() + 1.0
        parts = [
            (1.0 - x) * 2, -x + 2 * y, torch.clamp(x, -0.5, 0.5) + y.clamp(min=1.2), y.sqrt() - y.rsqrt() + y.log(),
            torch.exp(-y) ** 2 + y.pow(1.5) + torch.square(x), torch.maximum(x, y) * torch.minimum(x, y * 0.1) + self.scale / y,
        ]
        z = torch.stack(parts, 1).sum(dim=(3, 4)) / 50
        z = torch.where(z > 0.3, z, z * 0.5).masked_fill(z < -5, 1.0) + torch.reciprocal(2 + z * z)
        z = torch.add(z, z, alpha=2) - torch.sub(z, 1.0, alpha=3)
        return self.fc(z.reshape(z.shape[0], -1) + torch.zeros_like(z).flatten(1) + z.floor().view(-1, 24) * 0.1)


class Shapes(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.down, self.up = conv(3, 8), conv(8, 8, 2, stride=2), nn.ConvTranspose2d(8, 4, 3, 2, 1, output_padding=1, groups=2)
        self.shuffle, self.fc = nn.PixelShuffle(2), nn.Linear(52, 3)

    def forward(self, x):
        x = F.pad(x, (1, 2, 0, 1))
        x = F.pad(x, (1, 1, 1, 1), mode="reflect")
        x = F.pad(x, (1, 0, 0, 1), mode="replicate")
        x = self.stem(x)
        b, c, h, w = x.shape
        x = x.view(b, 2, c // 2, h, w).transpose(1, 2).contiguous().view(b, c, h, w)
        x = self.up(self.down(x))
        s = self.shuffle(x)
        s = F.interpolate(s, scale_factor=2.0) + F.interpolate(s, size=(2 * s.shape[2], 2 * s.shape[3]), mode="bilinear", align_corners=False)
        s = s + F.interpolate(s[:, :, ::2, ::2], scale_factor=2.0, mode="bilinear", align_corners=True)
        s = F.avg_pool2d(s, 4)
        a, d = x.chunk(2, dim=1)
        e, f = torch.split(x, [1, 3], 1)
        g = x[:, 1:3, 1:-1, 2:] * 0.5
        parts = [
            s.mean((2, 3)), a.amax((2, 3)), d.amin(dim=(2, 3)), e.sum((2, 3)), f.var(dim=(2, 3)), g.std((2, 3), unbiased=False),
            x.select(2, 0).mean(2), x.flip([3])[..., 0].mean(-1), x.roll([1], [3])[..., 0].mean(-1), torch.linalg.vector_norm(x, dim=[2, 3]),
            x.unsqueeze(1).expand(-1, 2, -1, -1, -1).squeeze(1).flatten(1, 2).mean([2, 3]), x.repeat(1, 2, 1, 1).mean([2, 3]),
            x.max(dim=3)[0].max(2)[0], x.mean(3).unbind(1)[0].mean(1, keepdim=True), x.logsumexp((2, 3)),
        ]
        y = torch.cat(parts, 1)
        y = F.pad(y, (0, 52 - y.shape[1]))
        return self.fc(y)


class Attention(nn.Module):
    """A vision transformer of one block, written out."""

    def __init__(self, width=8, heads=2, side=4):
        super().__init__()
        self.patch, self.heads = conv(3, width, 4, stride=4), heads
        self.cls, self.pos = nn.Parameter(torch.zeros(1, 1, width)), nn.Parameter(torch.zeros(1, side * side + 1, width))
        self.norm1, self.qkv, self.proj = nn.LayerNorm(width), nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.norm2, self.mlp = nn.LayerNorm(width), nn.Sequential(nn.Linear(width, 16), nn.GELU(), nn.Linear(16, width))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 3)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls.expand(x.shape[0], -1, -1), x], dim=1) + self.pos
        b, n, c = x.shape
        q, k, v = self.qkv(self.norm1(x)).reshape(b, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        a = F.scaled_dot_product_attention(q, k, v)
        w = (q @ k.transpose(-2, -1) * 0.5).softmax(-1) @ v
        x = x + self.proj((a + w).transpose(1, 2).reshape(b, n, c))
        x = x + self.mlp(self.norm2(x))
        return self.head(self.norm(x)[:, 0])


class Encoder(nn.Module):
    """nn.MultiheadAttention, as torchvision's vision transformers have it."""

    def __init__(self, width=8):
        super().__init__()
        self.patch, self.norm = conv(3, width, 4, stride=4), nn.LayerNorm(width)
        self.attention, self.head = nn.MultiheadAttention(width, 2, batch_first=True), nn.Linear(width, 3)

    def forward(self, x):
        x = self.patch(x)
        n = x.shape[0]
        x = x.reshape(n, 8, 16).permute(0, 2, 1)
        x = self.norm(x)
        y, _ = self.attention(x, x, x, need_weights=False)
        return self.head((x + y).mean(1))


class Index(nn.Module):
    """Tables, ranges and products, as Swin and its like make of sizes."""

    def __init__(self):
        super().__init__()
        self.stem, self.table = conv(3, 4, 4, stride=4), nn.Parameter(torch.zeros(9, 4))
        self.register_buffer("places", torch.tensor([0, 3, 8, 1]))
        self.embed, self.fc = nn.Embedding(16, 4), nn.Linear(4, 3)

    def forward(self, x):
        x = self.stem(x).flatten(2).transpose(1, 2)
        x = x + self.embed(torch.arange(x.shape[1], device=x.device))
        bias = self.table[self.places].view(1, 4, 4)
        x = torch.bmm(x, bias.expand(x.shape[0], -1, -1))
        x = x + torch.matmul(x, bias[0].t()) + torch.einsum("bij,jk->bik", x, bias[0])
        x = torch.index_select(x, 1, torch.tensor([0, 2, 5]))
        mask = torch.ones(3, 4).to(x.dtype) + torch.full((3, 4), 0.5)
        return self.fc((x * mask).float().mean(1))


class Early(nn.Module):
    """A choice that does not depend on the image, helpers, and a loop of known length."""

    def __init__(self):
        super().__init__()
        self.stem, self.blocks = conv(3, 4, padding=1), nn.ModuleList([conv(4, 4, padding=1) for _ in range(3)])
        self.fc, self.deep = nn.Linear(4 * 4, 3), True

    def helper(self, x, times: int):
        for _ in range(times):
            x = x * 0.5 + 1.0
        return x

    def forward(self, x):
        x = self.stem(x)
        kept = [x]
        for block in self.blocks:
            x = F.relu(block(x))
            kept.append(x)
        if self.training or x.dim() != 4:
            x = x * 100
        if self.deep:
            x = self.helper(x, 2)
        return self.fc(torch.cat(kept, 1).mean((2, 3)) + x.mean((2, 3)).repeat(1, 4))


class Painted(nn.Module):
    """Parts that are written in place, as Swin makes its masks."""

    def __init__(self):
        super().__init__()
        self.stem, self.fc = conv(3, 4), nn.Linear(4, 3)

    def forward(self, x):
        x = self.stem(x)
        mask = x.new_zeros((6, 6))
        mask[0:3, 2:] = 1
        mask[-2:, :4] = 2
        y = x.clone()
        y[:, 0] = y[:, 1] * 2
        y[:, :, 1:3] += 1
        y = y * mask + x
        return self.fc(y.mean((2, 3)))


class Frozen(nn.Module):
    """Features that are not trained."""

    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(conv(3, 4, padding=1), nn.BatchNorm2d(4), nn.ReLU())
        self.fc = nn.Linear(4, 3)

    def forward(self, x):
        with torch.no_grad():
            x = self.backbone(x)
            mean = x.mean((2, 3))
        return self.fc(mean + 0.1 * x.amax((2, 3)))


def sequential():
    """Dilated, grouped, depthwise and "same" convolutions."""
    return Pooled(
        nn.Sequential(
            conv(3, 6, stride=2, padding=1), nn.ReLU(), conv(6, 8, (3, 2), dilation=(2, 1), groups=2), nn.BatchNorm2d(8),
            nn.ReLU6(inplace=True), conv(8, 8, groups=8, padding="same"), nn.Hardswish(), conv(8, 6, 1, padding="valid", bias=False), nn.ReLU(),
        ),
        6,
    )


# Each network with the size of its image, the layer that is explained where none is asked for, and its forms.
ALL = ["pt2", "core.pt2", "fixed.pt2", "old.pt2", "trace.pt", "script.pt"]
NETWORKS = {
    "custom": (Custom, 16, "", ALL),
    "sequential": (sequential, 20, "features", ALL),
    "shared": (Shared, 8, None, ALL),
    "norms": (Norms, 16, None, ["pt2", "trace.pt", "script.pt"]),
    "activations": (Activations, 8, None, ["pt2", "core.pt2", "trace.pt", "script.pt"]),
    "pools": (Pools, 14, "features", ["pt2", "core.pt2", "trace.pt", "script.pt"]),
    "arithmetic": (Arithmetic, 8, None, ["pt2", "core.pt2", "trace.pt", "script.pt"]),
    "shapes": (Shapes, 11, None, ["pt2", "core.pt2", "trace.pt", "script.pt"]),
    "attention": (Attention, 16, None, ["pt2", "core.pt2", "fixed.pt2", "trace.pt", "script.pt"]),
    "encoder": (Encoder, 16, None, ["pt2", "core.pt2", "trace.pt"]),
    "index": (Index, 16, None, ["pt2", "core.pt2", "fixed.pt2", "trace.pt", "script.pt"]),
    "painted": (Painted, 8, None, ["pt2", "core.pt2", "trace.pt", "script.pt"]),
    "early": (Early, 8, None, ["pt2", "trace.pt", "script.pt"]),
    "frozen": (Frozen, 8, None, ["pt2", "core.pt2", "old.pt2", "trace.pt"]),
}


def exported(model, shape, fixed=False):
    x = torch.cat([image(shape)] * 2)
    return torch.export.export(model, (x,), dynamic_shapes=None if fixed else ({0: BATCH},))


def old(program):
    """The container of older versions."""
    from torch._export.serde.serialize import SCHEMA_VERSION, serialize

    artifact, buffer = serialize(program), io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("version", ".".join(map(str, SCHEMA_VERSION)))
        archive.writestr("serialized_exported_program.json", artifact.exported_program)
        archive.writestr("serialized_state_dict.pt", artifact.state_dict)
        archive.writestr("serialized_constants.pt", artifact.constants)
        archive.writestr("serialized_example_inputs.pt", artifact.example_inputs)
    return buffer.getvalue()


def written(model, shape, form):
    buffer = io.BytesIO()
    if form == "trace.pt":
        torch.jit.save(torch.jit.trace(model, image(shape), check_trace=False), buffer)
    elif form == "script.pt":
        torch.jit.save(torch.jit.script(model), buffer)
    else:
        program = exported(model, shape, form == "fixed.pt2")
        if form == "core.pt2":
            program = program.run_decompositions()
        if form == "old.pt2":
            return lean(old(program))
        torch.export.save(program, buffer)
    return lean(buffer.getvalue())


def lean(file):
    """Without what only debuggers read."""
    source, buffer = zipfile.ZipFile(io.BytesIO(file)), io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for entry in source.infolist():
            if entry.filename.endswith(".debug_pkl") or "/.data/" in entry.filename:
                continue
            content = source.read(entry)
            if entry.filename.endswith((".json", "exported_program.json")):
                content = untraced(content)
            archive.writestr(zipfile.ZipInfo(entry.filename, (1980, 1, 1, 0, 0, 0)), content, compress_type=entry.compress_type)
    return buffer.getvalue()


def untraced(content):
    """A program without the lines of the Python files that it was made of."""
    program = json.loads(content)
    for node in program.get("graph_module", {}).get("graph", {}).get("nodes", []):
        node["metadata"].pop("stack_trace", None)
    return json.dumps(program).encode()


class Cond(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        x = torch.cond(x.sum() > 0, lambda x: x * 2, lambda x: x - 1, [x])
        return self.fc(x.mean((2, 3)))


class Branch(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        if bool(x.sum() > 0):
            x = x * 2
        return self.fc(x.mean((2, 3)))


class Sorted(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        return self.fc(torch.sort(x.mean((2, 3)), dim=1)[0])


class Viewed(nn.Module):
    """Changed in place through a view, and read as it was before."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        x = x * 2
        y = x.view(x.size(0), 3, -1)
        y.relu_()
        return self.fc(x.mean((2, 3)) + y.mean(2))


def refused(archive):
    """Programs that are not read."""
    for name, network in {"cond": Cond, "sorted": Sorted, "viewed": Viewed}.items():
        archive.writestr(f"refused/{name}.pt2", written(filled(network()), (3, 6, 6), "pt2"))
    for name, network in {"branch": Branch, "sorted": Sorted, "viewed": Viewed}.items():
        archive.writestr(f"refused/{name}.script.pt", written(filled(network()), (3, 6, 6), "script.pt"))
    archive.writestr("refused/encoder.fixed.pt2", written(filled(Encoder()), (3, 16, 16), "fixed.pt2"))
    training = filled(sequential())
    training.train()
    archive.writestr("refused/training.pt2", written(training, (3, 20, 20), "pt2"))
    archive.writestr("refused/training.trace.pt", written(training, (3, 20, 20), "trace.pt"))


def small():
    results = {}
    with zipfile.ZipFile(HERE / "programs.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, (make, side, layer, forms) in NETWORKS.items():
            shape = (3, side, side)
            results[name] = expected(filled(make()), shape, layer or None)
            print(name, results[name]["logits"], flush=True)
            for form in forms:
                archive.writestr(f"{name}.{form}", written(filled(make()), shape, form))
        refused(archive)
        archive.writestr("expected.json", json.dumps(results))


def big(folder):
    import timm
    import torchvision.models as M

    vision = lambda name, **kwargs: lambda: getattr(M, name)(weights=None, **kwargs)
    networks = {
        "custom": (Custom, 16, None),
        "resnet18": (vision("resnet18"), 224, "layer4.1"),
        "resnet50": (vision("resnet50"), 224, "layer4.2"),
        "densenet121": (vision("densenet121"), 224, "features"),
        "mobilenet_v2": (vision("mobilenet_v2"), 224, "features.18"),
        "mobilenet_v3_small": (vision("mobilenet_v3_small"), 224, "features.12"),
        "mobilenet_v3_large": (vision("mobilenet_v3_large"), 224, "features.16"),
        "efficientnet_b0": (vision("efficientnet_b0"), 224, "features.8"),
        "vgg11_bn": (vision("vgg11_bn"), 224, "features.27"),
        "vgg16": (vision("vgg16"), 224, "features.29"),
        "inception_v3": (vision("inception_v3", init_weights=False), 299, "Mixed_7c"),
        "googlenet": (vision("googlenet", init_weights=False), 224, "inception5b"),
        "squeezenet1_1": (vision("squeezenet1_1"), 224, "features.12"),
        "shufflenet_v2_x1_0": (vision("shufflenet_v2_x1_0"), 224, "conv5"),
        "regnet_y_400mf": (vision("regnet_y_400mf"), 224, "trunk_output.block4"),
        "convnext_tiny": (vision("convnext_tiny"), 224, "features"),
        "swin_t": (vision("swin_t"), 224, None),
        "vit_b_16": (vision("vit_b_16"), 224, None),
        "timm_vit_tiny": (lambda: timm.create_model("vit_tiny_patch16_224"), 224, None),
        "timm_resnet26d": (lambda: timm.create_model("resnet26d"), 224, "layer4.1"),
        "timm_convnext_atto": (lambda: timm.create_model("convnext_atto"), 224, "stages.3"),
    }
    folder.mkdir(parents=True, exist_ok=True)
    results = json.loads((folder / "expected.json").read_text()) if (folder / "expected.json").exists() else {}
    for name, (make, side, layer) in networks.items():
        if len(sys.argv) > 3 and name not in sys.argv[3:]:
            continue
        torch.manual_seed(0)
        model = filled(make())
        results[name] = expected(model, (3, side, side), layer)
        print(name, results[name]["logits"][:3], flush=True)
        (folder / "expected.json").write_text(json.dumps(results))
        # A script of torchvision's vision transformer asks what it need not know, by operators that are not read.
        for form in ["pt2", "trace.pt"] if name == "vit_b_16" else ["pt2", "trace.pt", "script.pt"]:
            try:
                (folder / f"{name}.{form}").write_bytes(written(model, (3, side, side), form))
            except Exception as error:
                print(f"{name}.{form} cannot be made: {str(error)[:300]}")


if __name__ == "__main__":
    if len(sys.argv) > 2 and sys.argv[1] == "--big":
        big(Path(sys.argv[2]))
    else:
        small()
