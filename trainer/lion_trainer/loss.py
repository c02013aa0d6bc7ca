"""Cross-entropy over supervised positions, without ever holding all their logits.

With a vocabulary of 32,000 the float32 logits of 16,000 positions take 2 GB, their gradient as much again. Here logits
exist for a chunk of positions at a time: while they are there, their gradients go straight into those of the hidden
states and of the head. `torch.nn.functional.linear_cross_entropy` does the same; on a CPU it took 2.8 times as long
(torch 2.13; 1,000 positions, vocabulary 49,152), so it is not used.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

# Logits that may exist at once (128 MB in float32). A small student's micro-batch stays below it, and then torch's own
# cross-entropy over all positions is quicker.
LOGITS_AT_ONCE = 1 << 25


def answer_loss(
    hidden: Tensor, head: Tensor, targets: Tensor, vocabulary: int, at_once: int = LOGITS_AT_ONCE
) -> Tensor:
    """Sum (not mean) of the cross-entropies, float32, of the logits hidden · headᵀ.

    hidden [n, size]; head [rows, size], of which only the first `vocabulary` rows are tokens; targets [n].
    """
    if torch.is_autocast_enabled(hidden.device.type):
        precision = torch.get_autocast_dtype(hidden.device.type)
        hidden, head = hidden.to(precision), head.to(precision)
    if len(hidden) * len(head) <= at_once and vocabulary == len(head):
        return F.cross_entropy(F.linear(hidden, head).float(), targets, reduction="sum")
    return _ChunkedLoss.apply(hidden, head, targets, vocabulary, max(1, at_once // len(head)), torch.is_grad_enabled())


class _ChunkedLoss(torch.autograd.Function):
    """The gradients are made in the forward pass, where the logits are, and only scaled in the backward pass."""

    @staticmethod
    def forward(
        ctx: Any, hidden: Tensor, head: Tensor, targets: Tensor, vocabulary: int, chunk: int, learning: bool
    ) -> Tensor:
        wants_hidden, wants_head = (learning and needed for needed in ctx.needs_input_grad[:2])
        for_hidden = torch.empty_like(hidden) if wants_hidden else None
        for_head = torch.zeros_like(head, dtype=torch.float32) if wants_head else None
        total = torch.zeros((), dtype=torch.float32, device=hidden.device)
        for start in range(0, len(hidden), chunk):
            part = slice(start, start + chunk)
            states, wanted = hidden[part], targets[part, None]
            logits = torch.mm(states, head.t()).float()
            logits[:, vocabulary:] = -torch.inf
            log_shares = torch.log_softmax(logits, dim=1)
            of_wanted = log_shares.gather(1, wanted)
            total -= of_wanted.sum()
            if not (wants_hidden or wants_head):
                continue
            errors = log_shares.exp_().scatter_(1, wanted, of_wanted.exp() - 1).to(hidden.dtype)
            if for_hidden is not None:
                torch.mm(errors, head, out=for_hidden[part])
            if for_head is not None:
                _add_product(for_head, errors.t(), states)
        ctx.save_for_backward(for_hidden, None if for_head is None else for_head.to(head.dtype))
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        parts = [None if saved is None else saved * gradients[0] for saved in ctx.saved_tensors]
        return *parts, None, None, None, None


def _add_product(total: Tensor, left: Tensor, right: Tensor) -> None:
    """total += left · right, summed over chunks in float32 whatever the factors are."""
    if left.dtype == torch.float32:
        total.addmm_(left, right)
    else:
        total += torch.mm(left, right)
