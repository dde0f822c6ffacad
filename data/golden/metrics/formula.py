"""Weights and images that a formula makes, the same here and in Rust, so that no big file is stored.

The Rust side is crates/gan-metrics/tests/it/formula.rs. Value i of a tensor is drawn from splitmix64
started at FNV-1a of the tensor's name: u in [0, 1) with 24 bits. Everything else is one f64 operation
or two on u, rounded to f32 once.
"""

import numpy as np

GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def mixed(name, count):
    """`count` 64-bit words for `name`."""
    key = 0xCBF29CE484222325
    for byte in name.encode():
        key = ((key ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    with np.errstate(over="ignore"):
        z = np.uint64(key) + np.arange(1, count + 1, dtype=np.uint64) * GOLDEN
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def weight(name, shape):
    """A convolution's weight is He-uniform, a variance lies in [0.5, 1.5)."""
    u = (mixed(name, int(np.prod(shape))) >> np.uint64(40)).astype(np.float64) / 2.0**24
    if len(shape) == 4:
        values = (2 * u - 1) * np.sqrt(6 / int(np.prod(shape[1:])))
    elif len(shape) == 2:
        values = (2 * u - 1) * np.sqrt(3 / shape[1])
    elif name.endswith((".bn.weight", ".running_var")):
        values = 0.5 + u
    else:
        values = (u - 0.5) * 0.5
    return values.astype(np.float32).reshape(shape)


def image(index):
    """299×299 RGB bytes, (3, h, w): blocks of 16×16 pixels and a little noise."""
    blocks = mixed(f"blocks {index}", 3 * 19 * 19).reshape(3, 19, 19) >> np.uint64(56)
    noise = mixed(f"noise {index}", 3 * 299 * 299).reshape(3, 299, 299) >> np.uint64(58)
    blocks = np.repeat(np.repeat(blocks, 16, 1), 16, 2)[:, :299, :299]
    return (blocks * np.uint64(3) // np.uint64(4) + noise).astype(np.uint8)


def state_dict(network):
    """Every tensor of a torch module by the formula; counters stay as they are."""
    import torch

    return {
        name: torch.from_numpy(weight(name, tuple(t.shape))) if t.dtype.is_floating_point else t
        for name, t in network.state_dict().items()
    }
