"""A tiny student and its data, made once for all tests."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")

TINY = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "intermediate_size": 48,
    "max_position_embeddings": 64,
    "tie_word_embeddings": True,
    "initializer_range": 0.1,
}


def task_rows(count: int, seed: int = 0) -> list[dict[str, Any]]:
    """Spaced letters to reverse, between carrier words; lengths differ."""
    source = random.Random(seed)
    carriers = ["amber", "kettle", "pine", "mosaic", "velvet", "harbor"]
    rows = []
    for number in range(count):
        letters = [source.choice("ABCDEFGHIJ") for _ in range(source.randint(2, 7))]
        words = [*source.sample(carriers, 2), "Reverse these letters:", *letters, *source.sample(carriers, 2)]
        rows.append({"id": f"r{number}", "instruction": " ".join(words), "output": " ".join(reversed(letters))})
    return rows


def write_lines(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def run_module(module: str, *arguments: object, processes: int = 0) -> subprocess.CompletedProcess[str]:
    """Run a command of the package as users do: with python, or under torchrun when `processes` is given."""
    command = [sys.executable, "-m"]
    if processes:
        command += ["torch.distributed.run", "--standalone", f"--nproc_per_node={processes}", "-m"]
    command += [f"lion_trainer.{module}", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=240, env={**os.environ, "OMP_NUM_THREADS": "1"}, check=False
    )


def start_module(module: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a command of the package and do not wait for it."""
    command = [sys.executable, "-m", f"lion_trainer.{module}", *map(str, arguments)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


@dataclass(frozen=True)
class Student:
    """A trained tiny checkpoint and what made it."""

    folder: Path
    data: Path
    config: Path

    def train_arguments(self, output: Path) -> list[object]:
        return [
            *("--data_path", self.data, "--config_json", self.config, "--output_dir", output),
            *("--tokenizer_vocab_size", 400, "--num_train_epochs", 12, "--batch_size", 16, "--learning_rate", 1e-2),
        ]


@pytest.fixture(scope="session")
def student(tmp_path_factory: pytest.TempPathFactory) -> Student:
    folder = tmp_path_factory.mktemp("student")
    data = write_lines(folder / "train.jsonl", task_rows(120))
    config = folder / "config.json"
    config.write_text(json.dumps(TINY))
    made = Student(folder / "checkpoint", data, config)
    ran = run_module(
        "train",
        *made.train_arguments(made.folder),
        *("--metrics", folder / "metrics.jsonl", "--state", folder / "state.json"),
    )
    assert ran.returncode == 0, ran.stderr
    return made
