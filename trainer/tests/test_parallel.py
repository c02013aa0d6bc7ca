"""One step has the same gradients whatever it is shared out over: micro-batches, processes, shards."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from parallel_cases import BATCH, data, student
from parallel_worker import outcome
from transformers import LlamaConfig, LlamaForCausalLM

from lion_trainer.batching import share_out
from lion_trainer.distributed import World
from lion_trainer.llama import Llama

ALONE = World(0, 1, torch.device("cpu"), None)
PAIRS = {
    "replicated": "whole",
    "sharded": "whole",
    "sharded, untied": "whole, untied",
    "sharded, one example": "whole, one example",
    "sharded, LoRA": "whole, LoRA",
}


def under_torchrun(processes: int, stored: Path, cases: list[str]) -> dict[str, Any]:
    worker = Path(__file__).with_name("parallel_worker.py")
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={processes}"),
            *(str(worker), str(stored), *cases),
        ],
        capture_output=True, text=True, timeout=120, check=False, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = torch.load(stored)
    return found


@pytest.fixture(scope="module")
def by_two(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return under_torchrun(2, tmp_path_factory.mktemp("parallel") / "two.pt", list(PAIRS))


@pytest.fixture(scope="module")
def alone() -> dict[str, Any]:
    return {case: outcome(case, ALONE) for case in set(PAIRS.values())}


@pytest.mark.parametrize("case", list(PAIRS))
def test_two_processes_take_the_step_of_one(case: str, by_two: dict[str, Any], alone: dict[str, Any]) -> None:
    found, wanted = by_two[case], alone[PAIRS[case]]
    assert found["gradients"].keys() == wanted["gradients"].keys()
    for name, gradient in wanted["gradients"].items():
        torch.testing.assert_close(
            found["gradients"][name], gradient, rtol=1e-4, atol=1e-5 * float(gradient.abs().max()), msg=name
        )
    for part in ("first", "second"):
        assert found[part] == pytest.approx(wanted[part], rel=1e-5)
    assert found["measured"] == pytest.approx(wanted["measured"], rel=1e-5)
    assert found["parameters"] == wanted["parameters"]
    assert found["weights"].keys() == wanted["weights"].keys()
    for name, tensor in wanted["weights"].items():
        # Adam divides by the size of a gradient: where that is rounding only, so is the sign of the update.
        assert float((found["weights"][name] - tensor).abs().mean()) < 1e-5, name


@pytest.mark.parametrize("case", list(PAIRS))
def test_a_state_taken_between_two_steps_leads_to_the_same_bits(case: str, by_two: dict[str, Any]) -> None:
    assert by_two[case]["resumed to the same bits"]


def test_each_process_holds_its_share_only(by_two: dict[str, Any]) -> None:
    total, _ = by_two["sharded"]["parameters"]
    assert by_two["replicated"]["here"] == total
    assert by_two["sharded"]["here"] == pytest.approx(total / 2, rel=0.01)


def test_packed_micro_batches_have_the_gradients_of_a_padded_batch_in_transformers(alone: dict[str, Any]) -> None:
    checkpoint, examples = student(True), data()
    theirs = LlamaForCausalLM(LlamaConfig(**checkpoint.config))
    theirs.load_state_dict(checkpoint.weights, strict=False)
    theirs.tie_weights()
    width = int(examples.lengths[BATCH].max())
    ids, labels = torch.zeros(len(BATCH), width, dtype=torch.int64), torch.full((len(BATCH), width), -100)
    mask = torch.zeros(len(BATCH), width, dtype=torch.int64)
    for row, one in enumerate(BATCH):
        start, length, prompt = (int(part[one]) for part in (examples.starts, examples.lengths, examples.prompts))
        ids[row, :length] = torch.from_numpy(examples.tokens[start : start + length])
        labels[row, prompt:length] = ids[row, prompt:length]
        mask[row, :length] = 1
    logits = theirs(ids, attention_mask=mask, use_cache=False).logits
    loss = F.cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten())
    loss.backward()
    found = alone["whole"]
    assert found["first"][0] == pytest.approx(float(loss.detach()), rel=1e-5)
    wanted = {name: theirs.get_parameter(name).grad for name in checkpoint.geometry.shapes()}
    # Gradients are clipped in place to the norm of 0.5.
    clip = min(1.0, 0.5 / found["first"][1])
    for name, parameter in Llama(checkpoint.geometry, wanted).named_parameters():
        gradient = parameter.detach() * clip
        torch.testing.assert_close(
            found["gradients"][name], gradient, rtol=1e-3, atol=1e-5 * float(gradient.abs().max()), msg=name
        )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=60), st.integers(1, 4), st.integers(1, 120), st.booleans())
def test_sharing_out_gives_every_process_as_many_micro_batches(
    lengths: list[int], ranks: int, cap: int, alike: bool
) -> None:
    batch = range(len(lengths))
    shares = share_out(batch, np.array(lengths), ranks, cap, alike)
    assert sorted(one for rank in shares for part in rank for one in part) == list(batch)
    most = max(map(len, shares))
    for rank in shares:
        examples = sum(map(len, rank))
        assert alike or len(rank) == most or len(rank) == examples
        for part in rank:
            assert part and (len(part) == 1 or sum(lengths[one] for one in part) <= cap)


def test_eight_processes_are_in_balance_on_lengths_like_alpacas() -> None:
    """Log-normal lengths, 128 examples a step: 99.5 % of the fullest process's work on average, 98.4 % at four
    micro-batches each."""
    lengths = np.clip(np.exp(np.random.default_rng(0).normal(4.55, 0.65, 6400)), 8, 1024).astype(np.int64)

    def balance(cap: int) -> float:
        mean = fullest = 0.0
        for step in range(50):
            shares = share_out(range(step * 128, step * 128 + 128), lengths, 8, cap, alike=False)
            loads = [[int(lengths[part].sum()) for part in rank] for rank in shares]
            mean += sum(map(sum, loads)) / 8
            turns = range(max(map(len, loads)))
            fullest += sum(max(rank[turn] for rank in loads if turn < len(rank)) for turn in turns)
        return mean / fullest

    assert balance(8192) > 0.985
    assert balance(1024) > 0.95
