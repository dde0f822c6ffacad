"""Golden features for crates/gan-metrics: the Keras graph of npm nsfwjs 4.3.0, real trained weights.

    npm pack nsfwjs@4.3.0 && tar xzf nsfwjs-4.3.0.tgz
    python3 make_nsfwjs.py package        # needs node, numpy, torch; writes nsfwjs.json beside this

Independent of the Rust reader in every part: node runs the package's JavaScript modules, the layers
and their wiring come from the model's topology, and everything is computed in f64.
"""

import base64
import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

import formula
import numpy as np
import torch
import torch.nn.functional as F

IMAGES = 2
STRIDE = {"64": 1, "192": 2, "768": 5, "2048": 9, "spatial": 9, "logits": 1}
# Layers whose output, averaged over its pixels, is a tap.
TAPS = {"max_pooling2d_1": "64", "max_pooling2d_2": "192", "mixed7": "768", "mixed10": "2048"}


def exported(path):
    """What a CommonJS module exports."""
    code = "process.stdout.write(JSON.stringify(require(process.argv[1])))"
    return json.loads(subprocess.check_output(["node", "-e", code, str(path.resolve())]))


def read_weights(folder, manifest):
    weights = {}
    for group in manifest:
        data = b"".join(
            base64.b64decode(exported(folder / f"{path}.min.js")) for path in group["paths"]
        )
        at = 0
        for w in group["weights"]:
            count, q = int(np.prod(w["shape"])), w["quantization"]
            assert q["dtype"] == "uint8" and w["dtype"] == "float32"
            levels = np.frombuffer(data, np.uint8, count, at).astype(np.float64)
            # TensorFlow.js computes in f64 and stores f32.
            values = (levels * q["scale"] + q["min"]).astype(np.float32)
            weights[w["name"]] = torch.from_numpy(values.astype(np.float64).reshape(w["shape"]))
            at += count
        assert at == len(data)
    return weights


def same(x, kernel, stride, value):
    """TensorFlow's "same" padding of (n, c, h, w)."""
    pads = []
    for size, k, s in zip(x.shape[2:], kernel, stride):
        total = max((-(-size // s) - 1) * s + k - size, 0)
        pads = [total // 2, total - total // 2, *pads]
    return F.pad(x, pads, value=value)


def layer(kind, name, config, inputs, weights):
    x = inputs[0]
    w = lambda part: weights[f"{name}/{part}"]
    if kind == "Conv2D":
        kernel, stride = config["kernel_size"], config["strides"]
        assert not config["use_bias"] and config["activation"] == "linear"
        x = same(x, kernel, stride, 0.0) if config["padding"] == "same" else x
        return F.conv2d(x, w("kernel").permute(3, 2, 0, 1), stride=stride)
    if kind == "BatchNormalization":
        assert config["center"] and not config["scale"]
        rows = [v[:, None, None] for v in (w("moving_mean"), w("moving_variance"), w("beta"))]
        return (x - rows[0]) / torch.sqrt(rows[1] + config["epsilon"]) + rows[2]
    if kind == "Activation":
        assert config["activation"] == "relu"
        return x.relu()
    if kind in ("MaxPooling2D", "AveragePooling2D"):
        size, stride = config["pool_size"], config["strides"]
        if config["padding"] == "same" and kind == "AveragePooling2D":
            ones = same(torch.ones_like(x), size, stride, 0.0)
            return F.avg_pool2d(same(x, size, stride, 0.0), size, stride) / F.avg_pool2d(
                ones, size, stride
            )
        assert config["padding"] == "valid"
        return (F.max_pool2d if kind == "MaxPooling2D" else F.avg_pool2d)(x, size, stride)
    if kind == "Concatenate":
        return torch.cat(inputs, 1)
    if kind == "Flatten":
        return x.permute(0, 2, 3, 1).flatten(1)
    if kind == "Dense":
        x = x @ w("kernel") + w("bias")
        return x.relu() if config["activation"] == "relu" else x  # softmax is left out
    assert kind == "Dropout", kind
    return x


folder = Path(sys.argv[1]) / "dist" / "models" / "inception_v3"
model = exported(folder / "model.min.js")
weights = read_weights(folder, model["weightsManifest"])
graph = model["modelTopology"]["model_config"]["config"]
pixels = np.stack([formula.image(i) for i in range(IMAGES)]).astype(np.float64) / 255
values, found = {}, {}
with torch.inference_mode():
    for node in graph["layers"]:
        if node["class_name"] == "InputLayer":
            values[node["name"]] = torch.from_numpy(pixels.astype(np.float32).astype(np.float64))
            continue
        inputs = [values[name] for name, *_ in node["inbound_nodes"][0]]
        y = layer(node["class_name"], node["name"], node["config"], inputs, weights)
        values[node["name"]] = y
        if node["name"] in TAPS:
            found[TAPS[node["name"]]] = y.mean((2, 3))
        if node["name"] == "mixed6":
            found["spatial"] = y[:, :7].permute(0, 2, 3, 1).flatten(1)
found["logits"] = values[graph["output_layers"][0][0]]

golden = {
    "package": "nsfwjs 4.3.0",
    "versions": {name: importlib.metadata.version(name) for name in ["torch", "numpy"]},
    "stride": STRIDE,
    "keras-inception": {
        tap: [[float(f"{v:.9g}") for v in row[:: STRIDE[tap]]] for row in value.tolist()]
        for tap, value in found.items()
    },
}
Path(__file__).with_name("nsfwjs.json").write_text(json.dumps(golden) + "\n")
print({tap: (tuple(v.shape), float(v.min()), float(v.max())) for tap, v in found.items()})
