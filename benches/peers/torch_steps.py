"""Times one training step of the four benchmark GANs in PyTorch, on the CPU or a GPU.

    python benches/peers/torch_steps.py --case dcgan64 --mode both --threads 2

One JSON object a case on stdout, with the keys of `gan bench CASE --json` and those of the peer:
the step's median and minimum in milliseconds, the peak of the process's memory in MiB, and how
much of it came after importing torch. `cargo xtask bench` runs it in turn with ours.

A step is the one that public scripts write: D on a real batch, D on a detached fake batch, one
Adam step of D; then the same fakes through D once more and one Adam step of G. Adam has rate 2e-4
and betas (0.5, 0.999); the real batch is made once, the latents anew each step.

The modes say what a careful user could change without changing the mathematics of the step:

    usual          as the public scripts are
    channels_last  weights and images in NHWC
    frozen         D's parameters ask for no gradient while G learns
    both           the two above: PyTorch's fastest in f32
    bf16           both, under autocast to bfloat16: less precise, shown for orientation

On a GPU (`--device cuda`) convolutions use TF32, as PyTorch has it unless told otherwise, and the
loss is read at the end of each step, as scripts that print it do: that waits for the card.
"""

import argparse
import contextlib
import json
import resource
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

MODES = ["usual", "channels_last", "frozen", "both", "bf16"]
# Latent size, batch, and how many steps are timed.
CASES = {
    "dcgan64": (100, 64, 12),
    "dcgan28": (100, 128, 120),
    "fc28": (100, 128, 120),
    "ring": (2, 100, 1200),
}


def peak_mib():
    """The most memory this process has held so far."""
    try:
        # ru_maxrss would begin with what the parent held when it started us.
        with open("/proc/self/status", encoding="ascii") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        unit = 1024 * 1024 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def card_mib(device):
    """The most memory of the card that tensors of this process took; none on the CPU."""
    if not device.startswith("cuda"):
        return None
    return round(torch.cuda.max_memory_reserved(device) / 2**20, 1)


def plan(side):
    """(smallest side, doublings) of a DCGAN: 64 is 4 doubled four times, 28 is 7 doubled twice."""
    for start in (4, 7):
        for doublings in range(2, 6):
            if start << doublings == side:
                return start, doublings
    raise SystemExit(f"--size: expected 16, 28, 32, 56, 64, 112, 128 or 224, found {side}")


def convolutional(side, colours, latent, width=64):
    """DCGAN at any size of `plan`; those that start from 7 have linear ends, as at 28 pixels."""
    start, doublings = plan(side)
    linear_ends = start == 7
    widths = [width << i for i in range(doublings)]

    first, smallest = widths[-1], (widths[-1], start, start)
    g = [nn.Linear(latent, first * start * start, bias=False), nn.Unflatten(1, smallest)] \
        if linear_ends else \
        [nn.Unflatten(1, (latent, 1, 1)), nn.ConvTranspose2d(latent, first, start, bias=False)]
    for wide, narrow in zip(reversed(widths), [*reversed(widths[:-1]), None]):
        g += [nn.BatchNorm2d(wide), nn.ReLU(inplace=True)]
        g += [nn.ConvTranspose2d(wide, narrow or colours, 4, 2, 1, bias=linear_ends and not narrow)]
    g += [nn.Tanh()]

    d = [nn.Conv2d(colours, width, 4, 2, 1, bias=linear_ends), nn.LeakyReLU(0.2, inplace=True)]
    for narrow, wide in zip(widths, widths[1:]):
        d += [nn.Conv2d(narrow, wide, 4, 2, 1, bias=False), nn.BatchNorm2d(wide)]
        d += [nn.LeakyReLU(0.2, inplace=True)]
    d += [nn.Flatten(), nn.Linear(first * start * start, 1)] if linear_ends else \
        [nn.Conv2d(first, 1, start, bias=False), nn.Flatten()]
    return nn.Sequential(*g), nn.Sequential(*d), (colours, side, side)


def connected(sizes, hidden):
    """Linear layers with an activation after each but the last."""
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [nn.Linear(inputs, outputs), hidden()]
    return layers[:-1]


def networks(case, size, latent):
    """Generator, discriminator and the shape of one sample."""
    def leaky():
        return nn.LeakyReLU(0.2)
    if case == "dcgan64":
        return convolutional(size or 64, 3, latent)
    if case == "dcgan28":
        return convolutional(size or 28, 1, latent)
    if size:
        raise SystemExit(f"--size: only dcgan64 and dcgan28 have a side in pixels, not {case}")
    if case == "fc28":
        g = connected([latent, 256, 512, 1024, 784], leaky) + [nn.Tanh()]
        return nn.Sequential(*g), nn.Sequential(*connected([784, 512, 256, 1], leaky)), (784,)
    g = nn.Sequential(*connected([latent, 128, 128, 2], nn.ReLU))
    return g, nn.Sequential(*connected([2, 128, 128, 1], leaky)), (2,)


def timed(case, args, mode):
    """The times in milliseconds of every step that counts, and the batch."""
    latent, batch, steps = CASES[case]
    batch, steps = args.batch or batch, args.steps or steps
    warm_up = max(2, steps // 6) if args.warmup is None else args.warmup
    torch.manual_seed(0)
    device = torch.device(args.device)
    g, d, sample = networks(case, args.size, latent)
    g, d = g.to(device), d.to(device)
    real = torch.rand(batch, *sample, device=device) * 2 - 1
    if mode in ("channels_last", "both", "bf16") and len(sample) == 3:
        g, d = g.to(memory_format=torch.channels_last), d.to(memory_format=torch.channels_last)
        real = real.contiguous(memory_format=torch.channels_last)
    freezes = mode in ("frozen", "both", "bf16")
    of_g, of_d = (torch.optim.Adam(net.parameters(), 2e-4, betas=(0.5, 0.999)) for net in (g, d))
    is_real, is_fake = torch.ones(batch, 1, device=device), torch.zeros(batch, 1, device=device)

    def cast():
        # A context for each pass: its copies of the weights must not outlive their next step.
        if mode != "bf16":
            return contextlib.nullcontext()
        return torch.autocast(args.device.partition(":")[0], torch.bfloat16)

    def verdict(images, wanted):
        with cast():
            return binary_cross_entropy_with_logits(d(images), wanted)

    times = []
    for _ in range(warm_up + steps):
        begin = time.perf_counter()
        of_d.zero_grad()
        verdict(real, is_real).backward()
        with cast():
            fakes = g(torch.randn(batch, latent, device=device))
        verdict(fakes.detach(), is_fake).backward()
        of_d.step()

        if freezes:
            d.requires_grad_(False)
        of_g.zero_grad()
        loss = verdict(fakes, is_real)
        loss.backward()
        of_g.step()
        loss.item()
        if freezes:
            d.requires_grad_(True)
        times.append((time.perf_counter() - begin) * 1e3)
    return times[warm_up:], batch


def positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected 1 or more, found {number}")
    return number


def main():
    about = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    about.add_argument("--case", choices=[*CASES, "all"], default="all")
    about.add_argument("--mode", choices=MODES, default="usual")
    about.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N")
    about.add_argument("--threads", type=positive, help="all cores unless given")
    about.add_argument("--batch", type=positive, help="samples a batch; the case's own unless given")
    about.add_argument("--size", type=positive, help="side in pixels, for dcgan64 and dcgan28")
    about.add_argument("--steps", type=positive, help="steps that count; the case's own unless given")
    about.add_argument("--warmup", type=int, help="steps that do not; a sixth, at least 2")
    args = about.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    # Of several cases in one process, the peak is that of all so far.
    after_import = peak_mib()
    for case in CASES if args.case == "all" else [args.case]:
        times, batch = timed(case, args, args.mode)
        peak = peak_mib()
        print(json.dumps({
            "case": case, "mode": args.mode, "device": args.device, "threads": torch.get_num_threads(), "batch": batch,
            "ms_median": round(statistics.median(times), 3), "ms_min": round(min(times), 3),
            "peak_mib": round(peak, 1), "peak_rise_mib": round(peak - after_import, 1),
            "card_mib": card_mib(args.device),
        }), flush=True)


if __name__ == "__main__":
    main()
