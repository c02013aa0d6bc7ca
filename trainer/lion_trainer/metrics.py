"""What a step is worth in numbers: floating-point operations, utilisation, memory, and the line that says so."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from lion_trainer.examples import Examples
from lion_trainer.files import MetricsFile, StateFile
from lion_trainer.geometry import Geometry
from lion_trainer.trackers import Tracker
from lion_trainer.training import Say, StepReport

SECONDS_BETWEEN_PROGRESS = 2.0

# Dense bf16 TFLOP/s with the clock the vendor's sheet assumes; the first name that a device's own name holds counts.
PEAK_TFLOPS = (
    ("H100 PCIe", 756.0),
    ("H100 NVL", 835.0),
    ("H100", 989.0),
    ("H200", 989.0),
    ("GH200", 989.0),
    ("A100", 312.0),
)


def peak_tflops(device: torch.device, asked: float | None) -> float | None:
    """Peak of one device in TFLOP/s: what the user says, or what is known by the device's name; None otherwise."""
    if asked is not None or device.type != "cuda":
        return asked
    name = torch.cuda.get_device_name(device)
    return next((peak for part, peak in PEAK_TFLOPS if part in name), None)


@dataclass(frozen=True)
class Work:
    """Floating-point operations of training on examples, as MFU counts them (2204.02311, appendix B).

    Of a token: 6 for each weight of a matrix product (2 forwards, 4 backwards; of these 2 are for the weight's own
    gradient, which a weight that is not trained does not have), and 6 · layers · width · length for causal attention
    in an example of that length. The head counts at every token, as everybody's figures do, though it is computed only
    where a token is supervised; what is computed again to save memory does not count.
    """

    per_token: float
    per_token_pair: float

    @classmethod
    def of(cls, geometry: Geometry, parameters: int, trained: int) -> Work:
        """`parameters` are the model's own, `trained` how many numbers get a gradient (the same, or LoRA's)."""
        # The embedding is looked up and not multiplied, unless it is the head too.
        looked_up = 0 if geometry.tied else geometry.vocab_size * geometry.hidden
        multiplied = parameters - looked_up
        per_token = 6.0 * multiplied if trained >= parameters else 4.0 * multiplied + 2.0 * trained
        return cls(per_token, 6.0 * geometry.layers * geometry.heads * geometry.head_dim)

    def flops(self, examples: Examples, batch: Sequence[int]) -> float:
        """Operations of one pass, forwards and backwards, over the examples of a batch."""
        lengths = examples.lengths[list(batch)].astype(float)
        return float(self.per_token * lengths.sum() + self.per_token_pair * (lengths**2).sum())


def memory_mb(device: torch.device) -> float:
    """The most that this process has had on its GPU since it started, or what it has in main memory now, in MB."""
    if device.type == "cuda":
        return round(torch.cuda.max_memory_allocated(device) / 1e6, 1)
    statm = Path("/proc/self/statm")
    if statm.is_file():
        return round(int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(most / (1e6 if sys.platform == "darwin" else 1e3), 1)


@dataclass
class Reporter:
    """Writes each step to the metrics and to the tracker, and every two seconds to the state file and the log.

    `peak` is that of all processes together in TFLOP/s, None where it is not known.
    """

    device: torch.device
    peak: float | None
    metrics: MetricsFile
    state: StateFile
    trackers: Sequence[Tracker]
    say: Say
    last_said: float = 0.0

    def __call__(self, report: StepReport, held_out: float | None) -> None:
        rate = report.tokens / report.seconds
        utilisation = report.flops / report.seconds / (self.peak * 1e12) if self.peak else None
        line = {
            "step": report.step,
            "steps": report.steps,
            "epoch": round(report.epoch, 4),
            "loss": report.loss,
            **({} if held_out is None else {"held_out_loss": held_out}),
            "lr": report.learning_rate,
            "grad_norm": report.grad_norm,
            "tokens": report.tokens,
            "supervised_tokens": report.supervised_tokens,
            "tokens_per_s": round(rate, 1),
            "mfu": None if utilisation is None else round(utilisation, 4),
            "memory_mb": memory_mb(self.device),
            "eta_s": round(report.seconds_left, 1),
            "time": round(time.time(), 3),
        }
        self.metrics.write(line)
        for tracker in self.trackers:
            tracker.write(line)
        ends = report.step in (1, report.steps)
        if ends or held_out is not None or time.monotonic() - self.last_said >= SECONDS_BETWEEN_PROGRESS:
            self.last_said = time.monotonic()
            self.state.write("running", "training", report.step, report.steps)
            self.say(
                f"step {report.step}/{report.steps} loss {report.loss:.4f} "
                + ("" if held_out is None else f"held out {held_out:.4f} ")
                + f"lr {report.learning_rate:.2e} {rate:,.0f} tokens/s, {report.seconds_left:.0f} s left"
            )
