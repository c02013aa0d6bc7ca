"""The benchmarks compare what they say they compare; their figures are not tested."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

BENCH = Path(__file__).parents[1] / "bench"


@pytest.fixture(scope="module")
def bench() -> dict[str, ModuleType]:
    sys.path.insert(0, str(BENCH))
    try:
        return {name: importlib.import_module(name) for name in ("bench_training", "bench_gpu", "report")}
    finally:
        sys.path.remove(str(BENCH))


def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BENCH / name), *arguments]
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}
    return subprocess.run(command, capture_output=True, text=True, timeout=80, env=environment, check=False)


def test_without_a_gpu_the_gpus_benchmark_says_so() -> None:
    ran = run("bench_gpu.py")
    assert (ran.returncode, ran.stdout) == (0, "no GPU here\n"), ran.stderr


def test_both_ways_of_the_gpus_benchmark_run_at_a_small_size(bench: dict[str, ModuleType]) -> None:
    gpu = bench["bench_gpu"]
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    config = {**gpu.LLAMA_7B, **sizes, "vocab_size": 64}
    for line in (gpu.lines(False)[0], gpu.lines(False)[2]):
        found = gpu.measure(line, config, 1, torch.device("cpu"))
        assert found["tokens_per_s"] > 0 and found["flops_per_s"] > found["tokens_per_s"]
    assert json.loads(json.dumps(asdict(line)))["checkpointing"] == "selective"


def test_layers_are_counted_out_by_memory(bench: dict[str, ModuleType]) -> None:
    gpu = bench["bench_gpu"]
    assert gpu.layers_that_fit(150e9) == 32
    assert gpu.layers_that_fit(85e9) in range(12, 20)


def test_padding_and_heads_are_taken_away_from_the_same_tokens(bench: dict[str, ModuleType]) -> None:
    training = bench["bench_training"]
    examples = bench["bench_gpu"].alpaca_like(6, 64, 100)
    padded = training.padded_in_pairs(examples)
    for example in range(6):
        start, length = padded.starts[example], examples.lengths[example]
        own = examples.tokens[examples.starts[example] :][:length]
        assert np.array_equal(padded.tokens[start : start + length], own)
        assert not padded.tokens[start + length : start + padded.lengths[example]].any()
    assert (padded.lengths[::2] == padded.lengths[1::2]).all() and len(padded.tokens) == padded.lengths.sum()
    everywhere = training.supervised_everywhere(examples)
    assert (everywhere.supervised == examples.lengths - 1).all()
    batch = training.collate(training.features(examples)[:2], pad=0)
    assert batch["input_ids"].shape == (2, padded.lengths[0])
    assert int((batch["labels"] != -100).sum()) == examples.supervised[:2].sum()


def test_medians(bench: dict[str, ModuleType]) -> None:
    assert bench["report"].median([3.0, 1.0, 2.0]) == 2.0 and bench["report"].median([4.0, 1.0]) == 2.5
