"""Examples laid behind each other are what they are alone, in every way to attend; and the start-up check sees it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from lion_trainer.attention import FlexAttention, PaddedAttention, VarlenAttention, choose_attention
from lion_trainer.canary import check_packing
from lion_trainer.compiling import compile_layers
from lion_trainer.errors import BadInput, TrainerError
from lion_trainer.examples import Examples
from lion_trainer.geometry import Geometry, random_weights
from lion_trainer.kernels import BY_HAND, FOR_COMPILER, FOR_CUDA
from lion_trainer.llama import Llama, TokenRows

CPU = torch.device("cpu")
LENGTHS = torch.tensor([5, 17, 1, 9])
TOKENS = torch.randint(0, 97, (32,), generator=torch.Generator().manual_seed(1))
CHOSEN = torch.tensor([2, 4, 21, 22, 30])


def geometry(**fields: Any) -> Geometry:
    sizes = {"vocab_size": 97, "hidden_size": 64, "intermediate_size": 112, "num_hidden_layers": 2}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2, "initializer_range": 0.2}
    return Geometry.from_config({**sizes, **heads, **fields}, "the test")


def segments(queries: Tensor, keys: Tensor, values: Tensor, bounds: Tensor, causal: bool, grouped: bool) -> Tensor:
    """What varlen_attn computes, one row after the other."""
    assert bounds.dtype == torch.int32 and (grouped or queries.shape[1] == keys.shape[1])
    parts = []
    for start, end in zip(bounds.tolist(), bounds.tolist()[1:], strict=False):
        q, k, v = (part[start:end].transpose(0, 1)[None] for part in (queries, keys, values))
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=causal, enable_gqa=grouped)
        parts.append(mixed[0].transpose(0, 1))
    return torch.cat(parts)


def varlen_of_2_10(
    query: Tensor, key: Tensor, value: Tensor, cu_q: Tensor, cu_k: Tensor, max_q: int, max_k: int, is_causal: bool
) -> Tensor:
    return segments(query, key, value, cu_q, is_causal, grouped=False)


def varlen_of_2_13(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    cu_seq_q: Tensor,
    cu_seq_k: Tensor,
    max_q: int,
    max_k: int,
    *,
    window_size: tuple[int, int] = (-1, -1),
    enable_gqa: bool = False,
) -> Tensor:
    assert max_q == max_k == int(cu_seq_q.diff().max())
    return segments(query, key, value, cu_seq_q, window_size == (-1, 0), enable_gqa)


def outcome(model: Llama) -> list[Tensor]:
    """Hidden states at the chosen tokens, the loss there, and the gradient of each parameter."""
    rows = TokenRows.build(TOKENS, LENGTHS, CHOSEN)
    model.zero_grad()
    loss = model(rows, TOKENS[CHOSEN - 1])
    loss.backward()
    gradients = [parameter.grad.clone() for parameter in model.parameters() if parameter.grad is not None]
    return [model.hidden_states(rows).detach(), loss.detach(), *gradients]


@pytest.mark.parametrize("function", [varlen_of_2_10, varlen_of_2_13])
def test_attention_by_either_signature_of_varlen_equals_padded_rows(function: Callable[..., Any]) -> None:
    of = geometry()
    model = Llama(of, random_weights(of, 0))
    expected = outcome(model)
    model.equip(VarlenAttention(of, function), BY_HAND)
    for found, wanted in zip(outcome(model), expected, strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-5 * float(wanted.abs().max()))


@pytest.mark.filterwarnings("ignore:flex_attention called without torch.compile")
@torch.no_grad()
def test_flex_attention_equals_padded_rows() -> None:
    """Forwards only: torch has no gradients for it on a CPU."""
    of = geometry()
    model = Llama(of, random_weights(of, 0))
    rows = TokenRows.build(TOKENS, LENGTHS, CHOSEN)
    expected = model.hidden_states(rows)
    model.equip(FlexAttention(of, CPU), BY_HAND)
    torch.testing.assert_close(model.hidden_states(rows), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kernels", [FOR_CUDA, FOR_COMPILER])
def test_every_set_of_kernels_computes_the_same(kernels: Any) -> None:
    of = geometry()
    model = Llama(of, random_weights(of, 0))
    expected = outcome(model)
    model.equip(VarlenAttention(of, varlen_of_2_13, kernels), kernels)
    for found, wanted in zip(outcome(model), expected, strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-5 * float(wanted.abs().max()))


def in_one_piece(
    query: Tensor, key: Tensor, value: Tensor, bounds: Tensor, _: Tensor, max_q: int, max_k: int, is_causal: bool
) -> Tensor:
    """varlen_attn as a compiler sees it: one operation, whatever the rows are."""
    rows = torch.searchsorted(bounds, torch.arange(len(query)), right=True)
    visible = (rows[:, None] == rows) & torch.ones(len(query), len(query), dtype=torch.bool).tril()
    q, k, v = (part.transpose(0, 1)[None] for part in (query, key, value))
    return F.scaled_dot_product_attention(q, k, v, attn_mask=visible)[0].transpose(0, 1)


@pytest.mark.parametrize("flat", [False, True])
def test_compiled_layers_compute_the_same(flat: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Traced as for a real compiler, run by torch: making code takes a minute."""
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="eager", fullgraph=flat))
    of = geometry()
    model = Llama(of, random_weights(of, 0))
    expected = outcome(model)
    model.equip(VarlenAttention(of, in_one_piece, FOR_COMPILER) if flat else PaddedAttention(of), FOR_COMPILER)
    compile_layers(model, CPU)
    torch._dynamo.utils.counters.clear()
    for found, wanted in zip(outcome(model), expected, strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-5 * float(wanted.abs().max()))
    for lengths in (LENGTHS[:3], LENGTHS[1:], LENGTHS.flip(0)):
        chosen = torch.arange(int(lengths[0]))
        model(TokenRows.build(TOKENS[: int(lengths.sum())], lengths, chosen), TOKENS[chosen]).backward()
    # One for the last layer, which computes the chosen tokens alone, and one for all others; not one a micro-batch.
    assert not flat or torch._dynamo.utils.counters["stats"]["unique_graphs"] <= 3


def test_compiling_without_a_compiler_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    of = geometry()
    model = Llama(of, random_weights(of, 0))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(BadInput, match=r"--compile on a CPU needs a C\+\+ compiler"):
        compile_layers(model, CPU)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(BadInput, match="needs the package triton"):
        compile_layers(model, torch.device("cuda"))


def test_the_choice_follows_the_device_and_what_cannot_work_is_refused() -> None:
    of = geometry()
    assert isinstance(choose_attention("auto", of, CPU, half=False), PaddedAttention)
    for name in ("varlen", "flex"):
        with pytest.raises(BadInput, match=f"--attention {name} trains on a GPU only; leave it at auto"):
            choose_attention(name, of, CPU, half=False)


def examples() -> Examples:
    lengths = np.array([9, 6, 12, 7])
    tokens = np.random.default_rng(0).integers(0, 97, 34)
    return Examples(tokens, np.cumsum(lengths) - lengths, lengths, lengths // 2)


def leaky(
    query: Tensor, key: Tensor, value: Tensor, bounds: Tensor, _: Tensor, max_q: int, max_k: int, is_causal: bool
) -> Tensor:
    """Attention that takes all rows for one."""
    whole = torch.tensor([0, len(query)], dtype=torch.int32)
    return segments(query, key, value, whole, is_causal, grouped=False)


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_the_canary_stops_a_run_whose_examples_see_each_other(precision: torch.dtype) -> None:
    of = geometry()
    model = Llama(of, random_weights(of, 0))
    for parameter in model.parameters():
        parameter.data = parameter.data.to(precision)
    good, bad = VarlenAttention(of, varlen_of_2_13), VarlenAttention(of, leaky)
    model.equip(good, BY_HAND)
    said = check_packing(model, examples(), CPU, nullcontext)
    assert said.startswith("canary: attention by varlen keeps packed examples apart (off by ") and "\n" not in said
    assert model.attention is good
    model.equip(bad, BY_HAND)
    with pytest.raises(TrainerError, match=r"Packed examples do not stay apart: .* by varlen .* --attention sdpa"):
        check_packing(model, examples(), CPU, nullcontext)


def test_the_canary_leaves_logits_that_are_no_numbers_to_the_training_loop() -> None:
    of = geometry()
    model = Llama(of, random_weights(of, 0))
    model.norm.data[0] = float("nan")
    assert "are not numbers" in check_packing(model, examples(), CPU, nullcontext)
