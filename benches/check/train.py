"""Trains small networks on the photographs of FOLDER, each prepared in another way, so that `heatlens check` can be tried on them.

    python benches/check/train.py FOLDER OUT     # FOLDER holds manifest.csv (image, label, split) as shared data sets do
"""
import csv, sys, time
from pathlib import Path
import cv2, numpy as np, torch, torchvision
from PIL import Image
torch.set_num_threads(1)
folder, out = Path(sys.argv[1]), Path(sys.argv[2]); out.mkdir(exist_ok=True, parents=True)
rows = [r for r in csv.DictReader(open(folder / "manifest.csv")) if r["split"] == "train"][:480]
SIZE = 128
MEAN, STD = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])

def resize(rgb): return np.asarray(Image.fromarray(rgb).resize((SIZE, SIZE), Image.BILINEAR))
def field(rgb):
    grey = np.asarray(Image.fromarray(rgb).convert("L")) > 7
    if not grey.any(): return rgb
    ys, xs = np.where(grey.any(1))[0], np.where(grey.any(0))[0]
    return rgb[ys[0]:ys[-1] + 1, xs[0]:xs[-1] + 1]
def centre(rgb):
    side = int(SIZE / 0.875); h, w = rgb.shape[:2]; s = side / min(h, w)
    im = np.asarray(Image.fromarray(rgb).resize((max(side, round(w * s)), max(side, round(h * s))), Image.BILINEAR))
    y, x = (im.shape[0] - SIZE) // 2, (im.shape[1] - SIZE) // 2
    return im[y:y + SIZE, x:x + SIZE]
def clahe(rgb):
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB); lab[..., 0] = cv2.createCLAHE(2.0, (8, 8)).apply(lab[..., 0])
    return cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)
def graham(rgb): return cv2.addWeighted(rgb, 4, cv2.GaussianBlur(rgb, (0, 0), 10), -4, 128)
def green(rgb): return np.repeat(rgb[..., 1:2], 3, 2)
imagenet = lambda u: (u / np.float32(255) - MEAN) / STD
unit, signed, raw = (lambda u: u / np.float32(255)), (lambda u: u / np.float32(127.5) - 1), (lambda u: u.astype("f4"))
caffe = lambda u: u[..., ::-1] - np.float32([103.939, 116.779, 123.68])
bgr = lambda u: (u[..., ::-1] / np.float32(255) - MEAN) / STD
WAYS = {
    "tf": (resize, signed), "caffe": (resize, caffe), "raw": (resize, raw), "unit": (resize, unit), "bgr": (resize, bgr),
    "clahe": (lambda r: clahe(resize(r)), imagenet), "field": (lambda r: resize(field(r)), imagenet),
    "graham": (lambda r: graham(resize(r)), imagenet), "centre": (centre, imagenet), "green": (lambda r: green(resize(r)), unit),
}
photographs = [np.asarray(Image.open(folder / r["image"]).convert("RGB")) for r in rows]
labels = torch.tensor([int(r["label"] == "glaucoma") for r in rows])
print(len(rows), photographs[0].shape)
names = sys.argv[3:] or WAYS
for name in names:
    frame, values = WAYS[name]
    torch.manual_seed(0)
    net = torchvision.models.shufflenet_v2_x0_5(num_classes=2)
    u8 = np.stack([frame(p) for p in photographs])
    opt = torch.optim.AdamW(net.parameters(), 2e-3, weight_decay=1e-2)
    start, epochs = time.time(), 4
    sched = torch.optim.lr_scheduler.OneCycleLR(opt, 2e-3, total_steps=epochs * (len(rows) // 32))
    for epoch in range(epochs):
        total = 0
        for batch in torch.randperm(len(rows))[: len(rows) // 32 * 32].split(32):
            x = torch.from_numpy(np.ascontiguousarray(np.stack([values(u8[i]) for i in batch]).transpose(0, 3, 1, 2))).float()
            x = torch.where(torch.rand(len(x), 1, 1, 1) < .5, x, x.flip(3))
            loss = torch.nn.functional.cross_entropy(net.train()(x), labels[batch]); opt.zero_grad(); loss.backward(); opt.step(); sched.step(); total += loss.item()
    torch.save(net.state_dict(), out / f"{name}.pth")
    print(name, f"loss {total / (len(rows) // 32):.3f}, {time.time() - start:.0f} s", flush=True)
