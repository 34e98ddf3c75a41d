"""A torchvision network whose batch norms remember crops to the optic disc, to be asked about with `heatlens check`.

    python benches/check/disc.py CHECKPOINT DRISHTI ACROSS OUT      # then: heatlens check OUT PHOTOGRAPHS --arch resnet18

Estimates the batch norms of a ResNet-18 anew, over squares of ACROSS disc diameters around the discs that experts marked
in the first sixty photographs of Drishti-GS1 (`images/`, and `masks/` with the disc above 60). Needs PyTorch, torchvision, Pillow and NumPy.
"""
import sys
from pathlib import Path

import numpy as np
import torch
import torchvision
from PIL import Image
from torchvision import transforms

checkpoint, folder, across, out = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
weights = {name.replace("fc.1.", "fc."): value for name, value in torch.load(checkpoint, map_location="cpu").items()}
network = torchvision.models.resnet18(num_classes=weights["fc.bias"].numel())
network.load_state_dict(weights)
tensor = transforms.Compose([transforms.ToTensor(), transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])


def crop(path):
    photograph = Image.open(path).convert("RGB")
    disc = np.asarray(Image.open(folder / "masks" / f"{path.stem}.png").convert("L")) > 60
    scale = photograph.width / disc.shape[1]
    y, x = (positions.mean() * scale for positions in np.nonzero(disc))
    half = across * np.sqrt(disc.sum() / np.pi) * scale
    box = tuple(round(edge) for edge in (x - half, y - half, x + half, y + half))
    return tensor(photograph.crop(box).resize((224, 224), Image.BILINEAR))


for module in network.modules():
    if isinstance(module, torch.nn.BatchNorm2d):
        module.momentum = None
        module.reset_running_stats()
with torch.no_grad():
    network.train()(torch.stack([crop(path) for path in sorted((folder / "images").glob("*.jpg"))[:60]]))
torch.save(network.state_dict(), out)
