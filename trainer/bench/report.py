"""What the benchmarks share: medians, and a small table in Markdown."""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Callable, Sequence

import torch


def clock(cpu_seconds: bool) -> Callable[[], float]:
    """Wall time, or this process's CPU time: on a machine that others use too, what a single thread did."""
    return time.process_time if cpu_seconds else time.perf_counter


def median(values: Sequence[float]) -> float:
    """The middle value, or the mean of the two in the middle."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; all columns but the first are numbers and stand on the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def machine() -> str:
    """Where it was measured."""
    import transformers

    device = torch.cuda.get_device_name() if torch.cuda.is_available() else f"{platform.machine()} CPU"
    versions = f"Python {sys.version.split()[0]}, torch {torch.__version__}, transformers {transformers.__version__}"
    return f"{device}, {torch.get_num_threads()} thread(s), {versions}"
