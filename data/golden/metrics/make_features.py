"""Golden features for crates/gan-metrics: pytorch-fid's, torch-fidelity's and torchvision's own
networks with formula-made weights on formula-made images.

    python3 -m venv venv && venv/bin/pip install torch torchvision pytorch-fid torch-fidelity
    venv/bin/python data/golden/metrics/make_features.py     # writes features.json beside this file

Of long vectors every STRIDE-th value is kept. The test that reads the file is
crates/gan-metrics/tests/it/inception.rs; the tolerance stands there.
"""

import importlib.metadata
import json
import tempfile
from pathlib import Path

import formula
import numpy as np
import pytorch_fid.inception as peer
import torch
import torchvision
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

IMAGES = 2
STRIDE = {"64": 1, "192": 2, "768": 5, "2048": 9, "spatial": 9, "logits": 9, "logits_unbiased": 9}


def fid_network():
    """pytorch-fid's own network, given our weights in place of the download."""
    module = {}

    class Loaded(Exception):
        pass

    def keep(self, state, *args, **kwargs):
        module["net"] = self
        raise Loaded

    load = torchvision.models.Inception3.load_state_dict
    torchvision.models.Inception3.load_state_dict = keep
    peer.load_state_dict_from_url = lambda *_, **__: {}
    try:
        peer.fid_inception_v3()
    except Loaded:
        pass
    torchvision.models.Inception3.load_state_dict = load
    net = module["net"]
    net.load_state_dict(formula.state_dict(net))
    return net.eval()


def run(net, x):
    """All taps of a network built from torchvision's modules."""
    found = {}

    def pooled(name):
        return lambda _, __, y: found.update({name: y.mean((2, 3), dtype=torch.float64).float()})

    hooks = [
        net.maxpool1.register_forward_hook(pooled("64")),
        net.maxpool2.register_forward_hook(pooled("192")),
        net.Mixed_6e.register_forward_hook(pooled("768")),
        net.Mixed_6d.branch1x1.register_forward_hook(
            lambda _, __, y: found.update(spatial=y[:, :7].permute(0, 2, 3, 1).flatten(1))
        ),
        net.avgpool.register_forward_hook(lambda _, __, y: found.update({"2048": y.flatten(1)})),
    ]
    with torch.inference_mode():
        found["logits"] = net(x)
        found["logits_unbiased"] = found["2048"] @ net.fc.weight.T
    for hook in hooks:
        hook.remove()
    return {name: value.numpy() for name, value in found.items()}


def difference(a, b):
    """Largest difference, relative to the vector's largest value."""
    return float(np.max(np.abs(a - b)) / np.max(np.abs(b)))


bytes_ = np.stack([formula.image(i) for i in range(IMAGES)])
x = torch.from_numpy(((bytes_.astype(np.float32) - 128) / 128))

fid = fid_network()
ours = run(fid, x)
# The features that pytorch-fid itself returns are the same ones.
peer.fid_inception_v3 = lambda: fid
blocks = peer.InceptionV3([0, 1, 2, 3], resize_input=False, normalize_input=False).eval()
with torch.inference_mode():
    for tap, y in zip(["64", "192", "768", "2048"], blocks(x)):
        y = torch.nn.functional.adaptive_avg_pool2d(y, (1, 1)).flatten(1).numpy()
        assert difference(y, ours[tap]) < 1e-6, tap

with tempfile.NamedTemporaryFile(suffix=".pth") as file:
    torch.save(fid.state_dict(), file.name)
    taps = ["64", "192", "768", "2048", "logits_unbiased", "logits"]
    fidelity = FeatureExtractorInceptionV3(
        "inception-v3-compat", taps, feature_extractor_weights_path=file.name
    ).eval()
with torch.inference_mode():
    theirs = dict(zip(taps, (t.numpy() for t in fidelity(torch.from_numpy(bytes_)))))
apart = {tap: difference(theirs[tap], ours[tap]) for tap in taps}
print("torch-fidelity against pytorch-fid:", apart)

vision = torchvision.models.inception_v3(weights=None, init_weights=False, aux_logits=False)
vision.load_state_dict(formula.state_dict(vision))

names = ["torch", "torchvision", "pytorch-fid", "torch-fidelity", "numpy"]
golden = {
    "versions": {name: importlib.metadata.version(name) for name in names},
    "images": IMAGES,
    "stride": STRIDE,
    "image_bytes": bytes_[:, :, 100, 37:45].tolist(),
}


def subset(found):
    return {
        tap: [[float(f"{v:.9g}") for v in row[:: STRIDE[tap]]] for row in value]
        for tap, value in found.items()
    }


golden["fid-inception"] = subset(ours)
golden["fid-inception by torch-fidelity"] = subset(theirs)
golden["torchvision-inception"] = subset(run(vision.eval(), x))
Path(__file__).with_name("features.json").write_text(json.dumps(golden) + "\n")
