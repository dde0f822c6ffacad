"""Golden features for crates/gan-metrics from image files to the network's end, each protocol by its
own program: opening, converting, resizing, scaling and the network.

    python3 -m venv venv && venv/bin/pip install pytorch-fid torch-fidelity torchmetrics clean-fid torchvision "scipy<1.18"
    venv/bin/python data/golden/metrics/make_protocols.py     # writes protocols.json beside this file

Weights and pictures come from formula.py. The test is crates/gan-metrics/tests/it/protocols.rs; the
tolerance stands there.
"""

import importlib.metadata
import json
import tempfile
from pathlib import Path

import formula
import numpy as np
import pytorch_fid.inception as peer
import torch
from cleanfid.utils import ResizeDataset
from PIL import Image
from pytorch_fid.fid_score import get_activations
from torch_fidelity.datasets import ImagesPathDataset
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
from torchmetrics.image.fid import NoTrainInceptionV3

STRIDE = 9


def pictures():
    """Enlarged, shrunk, grey, and with opacity; (h, w) or (h, w, c) bytes."""
    rgb = [formula.image(i).transpose(1, 2, 0) for i in range(4)]
    return [
        rgb[0][:100, :140],
        np.tile(rgb[1], (2, 2, 1))[:500, :420],
        rgb[2][:64, :48, 0],
        np.concatenate([rgb[3][:32, :32], rgb[0][100:132, 100:132, :1]], axis=2),
    ]


def state(*_, **__):
    net = peer._inception_v3(num_classes=1008, aux_logits=False, weights=None)
    a, c = peer.FIDInceptionA, peer.FIDInceptionC
    for name, block in [
        ("Mixed_5b", a(192, 32)), ("Mixed_5c", a(256, 64)), ("Mixed_5d", a(288, 64)),
        ("Mixed_6b", c(768, 128)), ("Mixed_6c", c(768, 160)), ("Mixed_6d", c(768, 160)),
        ("Mixed_6e", c(768, 192)), ("Mixed_7b", peer.FIDInceptionE_1(1280)),
        ("Mixed_7c", peer.FIDInceptionE_2(2048)),
    ]:
        setattr(net, name, block)
    return formula.state_dict(net)


peer.load_state_dict_from_url = state
with tempfile.TemporaryDirectory() as folder:
    files = []
    for index, picture in enumerate(pictures()):
        files.append(f"{folder}/{index}.png")
        Image.fromarray(picture).save(files[-1])
    weights = f"{folder}/weights.pth"
    torch.save(state(), weights)

    found = {"pytorch-fid": get_activations(
        files, peer.InceptionV3([3]), batch_size=1, num_workers=0)}
    bytes_ = [image[None] for image in ImagesPathDataset(files)]
    fidelity = FeatureExtractorInceptionV3(
        "inception-v3-compat", ["2048"], feature_extractor_weights_path=weights).eval()
    metrics = NoTrainInceptionV3("inception-v3-compat", ["2048"], feature_extractor_weights_path=weights)
    plain = peer.InceptionV3([3], resize_input=False, normalize_input=False).eval()
    with torch.inference_mode():
        found["torch-fidelity"] = torch.cat([fidelity(x)[0] for x in bytes_]).numpy()
        found["torchmetrics"] = torch.cat([metrics(x) for x in bytes_]).numpy()
        # clean-fid's network is a TorchScript file that cannot be had; its input is (x - 128) / 128.
        resized = [x[None] for x in ResizeDataset(files, mode="clean")]
        found["clean-fid"] = torch.cat([plain((x - 128) / 128)[0].flatten(1) for x in resized]).numpy()

names = ["torch", "torchvision", "pytorch-fid", "torch-fidelity", "torchmetrics", "clean-fid", "pillow"]
golden = {
    "made_by": "data/golden/metrics/make_protocols.py",
    "versions": {name: importlib.metadata.version(name) for name in names},
    "stride": STRIDE,
    "features": {name: [[float(f"{v:.9g}") for v in row[::STRIDE]] for row in rows] for name, rows in found.items()},
}
Path(__file__).with_name("protocols.json").write_text(json.dumps(golden) + "\n")
