"""The metrics in TensorBoard's or Weights & Biases' own form, where they are installed and asked for."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from lion_trainer.errors import BadInput, saying_disk_full

# What makes a curve; the rest of a line is its place and the clock.
CURVES = (
    *("loss", "held_out_loss", "lr", "grad_norm", "epoch", "tokens_per_s", "mfu", "memory_mb"),
    *("tokens", "supervised_tokens"),
)


class Tracker(Protocol):
    """Something that keeps curves."""

    def write(self, line: dict[str, Any]) -> None:
        """One line of the metrics."""

    def close(self) -> None:
        """Write what is left."""


class TensorBoard:
    """Event files in a folder."""

    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            raise BadInput(
                "--report_to tensorboard needs a package that is not installed: pip install tensorboard."
            ) from None
        self._folder = folder
        self._writer = SummaryWriter(str(folder))

    def write(self, line: dict[str, Any]) -> None:
        with saying_disk_full(f"TensorBoard's files ({self._folder})"):
            for name, value in _curves(line).items():
                self._writer.add_scalar(f"train/{name}", value, line["step"])

    def close(self) -> None:
        with saying_disk_full(f"TensorBoard's files ({self._folder})"):
            self._writer.close()


class WandB:
    """A run of Weights & Biases. Key, project and whether anything is sent are its own environment variables'."""

    def __init__(self, name: str, settings: dict[str, Any]) -> None:
        try:
            import wandb
        except ImportError:
            raise BadInput("--report_to wandb needs a package that is not installed: pip install wandb.") from None
        self._run = wandb.init(name=name, config=settings)

    def write(self, line: dict[str, Any]) -> None:
        self._run.log({f"train/{name}": value for name, value in _curves(line).items()}, step=line["step"])

    def close(self) -> None:
        self._run.finish()


@contextlib.contextmanager
def open_trackers(
    asked: Sequence[str], folder: Path, name: str, settings: dict[str, Any]
) -> Iterator[Sequence[Tracker]]:
    """Those that were asked for, closed however the run ends, since they write in arrears.

    Raises BadInput, naming the package, for one that is not installed.
    """
    with contextlib.ExitStack() as stack:
        trackers: list[Tracker] = []
        if "tensorboard" in asked:
            trackers.append(stack.enter_context(contextlib.closing(TensorBoard(folder))))
        if "wandb" in asked:
            trackers.append(stack.enter_context(contextlib.closing(WandB(name, settings))))
        yield trackers


def _curves(line: dict[str, Any]) -> dict[str, float]:
    return {name: line[name] for name in CURVES if line.get(name) is not None}
