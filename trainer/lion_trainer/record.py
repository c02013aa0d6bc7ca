"""What is kept of a run: its sums over all interruptions, and the facts that stay with its checkpoint."""

from __future__ import annotations

import argparse
import platform
import sys
from dataclasses import asdict, dataclass, field
from typing import Any

import torch

import lion_trainer
from lion_trainer.distributed import World
from lion_trainer.files import sha256_of_file
from lion_trainer.preparation import Preparation
from lion_trainer.settings import plain_options
from lion_trainer.trainable import Trainable
from lion_trainer.training import StepReport


@dataclass
class Record:
    """What a run has to tell in the end, over all its interruptions. `seconds` counts from the start of each process,
    without what was lost with one that was killed."""

    tokens: int = 0
    supervised_tokens: int = 0
    seconds: float = 0.0
    loss_first: float | None = None
    loss_last: float | None = None
    held_out_before: float | None = None
    held_out_after: float | None = None
    resumed_from: list[int] = field(default_factory=list)

    def add(self, report: StepReport) -> None:
        self.tokens += report.tokens
        self.supervised_tokens += report.supervised_tokens
        self.loss_first = report.loss if self.loss_first is None else self.loss_first
        self.loss_last = report.loss


def facts_of(
    options: argparse.Namespace, world: World, prepared: Preparation, trainable: Trainable, record: Record
) -> dict[str, Any]:
    """The content of `summary.json` but for the weights' hash: all that a later reader may ask about the run."""
    cuda = world.device.type == "cuda"
    return {
        "template": prepared.template.name,
        "parameters": trainable.parameters,
        "trained_parameters": trainable.trained_parameters,
        "examples": len(prepared.examples),
        "held_out": len(prepared.held_out.examples) if prepared.held_out else 0,
        "dropped": len(prepared.dropped),
        "dropped_rows": prepared.dropped,
        "truncated": len(prepared.truncated),
        "truncated_rows": prepared.truncated,
        "steps": prepared.course.steps,
        **asdict(record),
        "batch_size": options.batch_size,
        "packing": {"name": options.packing, "factor": prepared.fill.factor, "fill": prepared.fill.fill},
        "compute": asdict(prepared.compute),
        "processes": world.size,
        "threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name(world.device) if cuda else world.device.type,
        "versions": {
            "lion_trainer": lion_trainer.VERSION,
            "python": platform.python_version(),
            "torch": torch.__version__,
        },
        "data_sha256": sha256_of_file(options.data_path),
        "seed": options.seed,
        "command_line": sys.orig_argv,
        "arguments": plain_options(options),
    }
