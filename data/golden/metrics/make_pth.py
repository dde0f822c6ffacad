"""Small `.pth` files of PyTorch's own in all the forms that crates/gan-metrics reads.

    python3 -m venv venv && venv/bin/pip install torch numpy
    venv/bin/python data/golden/metrics/make_pth.py      # writes crates/gan-metrics/golden/pth

Every file holds the same values, so the test needs no other golden: tensor `NAME` of `count` numbers
holds 0, 1, 2, … / 8 in its logical order. The test is crates/gan-metrics/src/weights/pth.rs.
"""

from collections import OrderedDict
from pathlib import Path

import torch
from torch import nn

FOLDER = Path(__file__).parents[3] / "crates" / "gan-metrics" / "golden" / "pth"


def counted(shape, dtype=torch.float32):
    return (torch.arange(torch.Size(shape).numel(), dtype=torch.float64) / 8).reshape(shape).to(dtype)


def state():
    base = torch.full((40,), -1.0)
    base[7:31] = counted((24,))
    shared = counted((30,))
    tensors = OrderedDict(
        plain=counted((2, 3, 4)),
        # The same logical values through odd strides.
        transposed=counted((3, 5)).t().contiguous().t(),
        permuted=counted((2, 3, 4)).permute(2, 0, 1).contiguous().permute(1, 2, 0),
        inside=base[7:31].reshape(4, 6),
        shared_all=shared,
        shared_part=shared[:10],
        scalar=torch.tensor(0.0),
        empty=torch.zeros(0, 3),
        half=counted((5,), torch.float16),
        brain=counted((5,), torch.bfloat16),
        double=counted((5,), torch.float64),
        long=counted((40,), torch.float64)[::8].to(torch.int64),
        parameter=nn.Parameter(counted((2, 2))),
    )
    tensors._metadata = OrderedDict([("", {"version": 1})])
    return tensors


FOLDER.mkdir(exist_ok=True)
for protocol in (2, 3, 4, 5):
    torch.save(state(), FOLDER / f"zip{protocol}.pth", pickle_protocol=protocol)
    torch.save(
        state(), FOLDER / f"old{protocol}.pth", pickle_protocol=protocol,
        _use_new_zipfile_serialization=False,
    )
torch.save({"epoch": 3, "state_dict": dict(state()), "lr": 0.1}, FOLDER / "checkpoint.pth")
torch.save(nn.Linear(2, 2), FOLDER / "module.pth")
torch.save({"a": torch.zeros(2, 1).expand(2, 9)}, FOLDER / "expanded.pth")
