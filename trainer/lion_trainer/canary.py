"""A look before the first step: examples laid behind each other must have the logits that each has alone.

Attention that leaks from one example into the next breaks nothing visible: the loss still falls, on contaminated data.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import numpy as np
import torch
from torch import Tensor

from lion_trainer.attention import PaddedAttention
from lion_trainer.errors import TrainerError
from lion_trainer.examples import Examples
from lion_trainer.llama import Llama, TokenRows

EXAMPLES = 3
# The largest share of the logits' size by which they may differ: rounding, which grows with depth in half precision.
TOLERANCE = {torch.float32: 1e-4, torch.bfloat16: 3e-2, torch.float16: 1e-2}


@torch.no_grad()
def check_packing(
    model: Llama, examples: Examples, device: torch.device, precision: Callable[[], AbstractContextManager[object]]
) -> str:
    """Compare a few short examples packed, as training runs them, with each alone by torch's plain attention.

    As a measure, all of them are also run as if they were one. Returns the line for the log. Called by all processes
    together. Raises TrainerError if the packed logits are not those of the examples alone.
    """
    order = np.argsort(examples.lengths, kind="stable")
    inputs = [_inputs(examples, int(one)) for one in np.resize(order[: min(EXAMPLES, len(order))], EXAMPLES)]

    def logits(rows: list[Tensor]) -> Tensor:
        lengths = torch.tensor([len(row) for row in rows])
        flat = TokenRows.build(torch.cat(rows), lengths, torch.arange(int(lengths.sum())))
        with precision():
            found = model(flat.to(device), None)
        return found[:, : model.geometry.vocabulary]

    packed = logits(inputs)
    training_attention, model.attention = model.attention, PaddedAttention(model.geometry)
    alone = torch.cat([logits([row]) for row in inputs])
    joined = torch.cat(inputs)
    as_one = logits([joined]) if len(joined) <= model.geometry.positions else None
    model.attention = training_attention
    size = alone.float().norm()
    if not torch.isfinite(size):
        return "canary: the student's logits are not numbers, so packing cannot be checked"
    difference = float((packed.float() - alone.float()).norm() / size)
    leaked = None if as_one is None else float((as_one.float() - alone.float()).norm() / size)
    limit = TOLERANCE[packed.dtype]
    if leaked is not None:
        limit = min(limit, max(leaked / 2, limit / 10))
    measure = "" if leaked is None else f"; {leaked:.0e} if they saw each other"
    if not difference <= limit:
        raise TrainerError(
            f"Packed examples do not stay apart: attention by {model.attention.name} gives logits that differ by "
            f"{difference:.0e} from those of the examples alone{measure}; train with --attention sdpa."
        )
    return f"canary: attention by {model.attention.name} keeps packed examples apart (off by {difference:.0e}{measure})"


def _inputs(examples: Examples, one: int) -> Tensor:
    start = int(examples.starts[one])
    return torch.from_numpy(examples.tokens[start : start + int(examples.lengths[one]) - 1])
