"""The loss by chunks is the loss over all positions at once, and rows that are no tokens have no part in it."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from lion_trainer.loss import answer_loss

HIDDEN = torch.randn(23, 16, generator=torch.Generator().manual_seed(0))
HEAD = torch.randn(40, 16, generator=torch.Generator().manual_seed(1))
TARGETS = torch.randint(0, 33, (23,), generator=torch.Generator().manual_seed(2))


def outcome(vocabulary: int, at_once: int, frozen: bool = False) -> tuple[Tensor, Tensor | None, Tensor | None]:
    hidden, head = HIDDEN.clone().requires_grad_(), HEAD.clone().requires_grad_(not frozen)
    loss = answer_loss(hidden, head, TARGETS, vocabulary, at_once)
    (loss / 7).backward()
    return loss.detach(), hidden.grad, head.grad


def reference(vocabulary: int) -> tuple[Tensor, Tensor | None, Tensor | None]:
    hidden, head = HIDDEN.double().requires_grad_(), HEAD.double().requires_grad_()
    loss = F.cross_entropy(F.linear(hidden, head[:vocabulary]), TARGETS, reduction="sum")
    (loss / 7).backward()
    return loss.detach(), hidden.grad, head.grad


@pytest.mark.parametrize("at_once", [1, 5 * 40, 10_000])
@pytest.mark.parametrize("vocabulary", [33, 40])
def test_chunks_change_neither_loss_nor_gradients(vocabulary: int, at_once: int) -> None:
    for found, wanted in zip(outcome(vocabulary, at_once), reference(vocabulary), strict=True):
        assert found is not None and wanted is not None
        torch.testing.assert_close(found, wanted.float(), rtol=1e-6, atol=1e-6)


def test_rows_that_are_no_tokens_get_no_gradient() -> None:
    _, _, of_head = outcome(33, 5 * 40)
    assert of_head is not None and not of_head[33:].any() and of_head[:33].any(dim=1).all()


def test_a_frozen_head_and_a_measurement_make_no_gradients_for_it() -> None:
    wanted = reference(33)
    loss, of_hidden, of_head = outcome(33, 5 * 40, frozen=True)
    assert of_head is None and wanted[1] is not None
    torch.testing.assert_close(of_hidden, wanted[1].float(), rtol=1e-6, atol=1e-6)
    with torch.no_grad():
        measured = answer_loss(HIDDEN, HEAD.clone().requires_grad_(), TARGETS, 33, 5 * 40)
    assert not measured.requires_grad and float(measured) == pytest.approx(float(loss), rel=1e-6)


def test_half_precision_adds_its_chunks_up_in_float32() -> None:
    hidden, head = HIDDEN.bfloat16().requires_grad_(), HEAD.bfloat16().requires_grad_()
    answer_loss(hidden, head, TARGETS, 40, 40).backward()
    by_one = head.grad
    assert by_one is not None and by_one.dtype == torch.bfloat16
    head.grad = None
    answer_loss(hidden, head, TARGETS, 40, 40 * 23 - 1).backward()
    torch.testing.assert_close(by_one, head.grad, rtol=2e-2, atol=2e-2)
