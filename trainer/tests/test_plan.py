"""What a dry run says beforehand is what the run then does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import Student, run_module, task_rows

from lion_trainer.arguments import parse_arguments
from lion_trainer.distributed import World
from lion_trainer.geometry import Geometry
from lion_trainer.held_out import split_rows
from lion_trainer.metrics import Work, peak_tflops
from lion_trainer.plan import estimate_memory, make_plan, parameters_of, plan_lines
from lion_trainer.rows import TrainingRow
from lion_trainer.trainable import Compute, Lora

ALONE = World(0, 1, torch.device("cpu"), None)
LLAMA_7B = Geometry.from_config({"vocab_size": 32001, "rms_norm_eps": 1e-6}, "LLaMA-7B")


def plan_of(*arguments: object) -> dict[str, Any]:
    options, notes = parse_arguments([str(argument) for argument in arguments])
    return make_plan(options, notes, ALONE)


def test_a_dry_run_tells_what_the_run_does_and_does_nothing(student: Student, tmp_path: Path) -> None:
    output = tmp_path / "out"
    flags = [
        *("--data_path", student.data, "--config_json", student.config, "--output_dir", output),
        *("--tokenizer_vocab_size", 400, "--batch_size", 16, "--num_train_epochs", 2, "--held_out_share", 0.2),
        *("--state", tmp_path / "state.json"),
    ]
    dry = run_module("train", *flags, "--dry_run", "--json")
    assert dry.returncode == 0, dry.stderr
    plan = json.loads(dry.stdout)
    assert json.loads((tmp_path / "plan.json").read_text()) == plan
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plan.json"]

    real = run_module("train", *flags, "--metrics", tmp_path / "metrics.jsonl")
    assert real.returncode == 0, real.stderr
    summary = json.loads((output / "summary.json").read_text())
    for name in ("steps", "examples", "held_out", "tokens", "supervised_tokens", "parameters", "trained_parameters"):
        assert plan[name] == summary[name], name
    assert plan["packing"]["factor"] == summary["packing"]["factor"]
    assert plan["seconds"] > 0 and plan["memory"]["per_process"] > 16 * plan["parameters"]
    assert 0 < summary["held_out"] < 60 and summary["examples"] + summary["held_out"] == 120
    assert summary["held_out_after"] < summary["held_out_before"]

    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    measured = {line["step"]: line["held_out_loss"] for line in lines if "held_out_loss" in line}
    assert measured[1] == summary["held_out_before"]
    assert measured[summary["steps"]] == summary["held_out_after"]
    assert len(measured) > 5


def test_a_plan_for_a_person(student: Student, tmp_path: Path) -> None:
    plan = plan_of(
        *("--data_path", student.data, "--model_name_or_path", student.folder, "--output_dir", tmp_path / "out"),
        *("--per_device_train_batch_size", 8, "--packing", "next-fit", "--save_steps", 0.25),
    )
    text = "\n".join(plan_lines(plan))
    assert "note: --per_device_train_batch_size 8 × 1 process → --batch_size 8" in text
    assert "packing next-fit:" in text and "Orca: 2.7 examples a pack" in text
    assert f"saved every {plan['snapshot']['every']} steps" in text
    assert "memory of a process, estimated:" in text and "a micro-batch was tried out here" in text


def test_a_known_peak_gives_the_time_without_trying(student: Student, tmp_path: Path) -> None:
    plan = plan_of(
        *("--data_path", student.data, "--model_name_or_path", student.folder, "--output_dir", tmp_path / "out"),
        *("--peak_tflops", 0.001),
    )
    assert plan["basis"] == "35% of 0.001 TFLOP/s on each of 1"
    assert plan["seconds"] == pytest.approx(plan["tokens"] / plan["tokens_per_s"])


def test_operations_of_llama_7b() -> None:
    """41.25 GFLOP a token at a length of 2,048: the reference's figure."""
    parameters, _ = parameters_of(LLAMA_7B, None)
    assert parameters == pytest.approx(6.738e9, rel=1e-3)
    work = Work.of(LLAMA_7B, parameters, parameters)
    assert work.per_token + work.per_token_pair * 2048 == pytest.approx(41.25e9, rel=1e-3)
    adapters = parameters_of(LLAMA_7B, Lora(8, 16.0, targets=("q_proj", "v_proj")))
    assert adapters == (parameters, 32 * 2 * 8 * (4096 + 4096))
    assert Work.of(LLAMA_7B, *adapters).per_token < 0.7 * work.per_token


def test_memory_of_llama_7b() -> None:
    """16 bytes a number are 107.8 GB; sharding divides them, checkpointing and LoRA spare the rest."""
    parameters, trained = parameters_of(LLAMA_7B, None)

    def memory(compute: Compute, processes: int = 1, learnt: int = trained) -> Any:
        return estimate_memory(LLAMA_7B, parameters, learnt, compute, processes, 8192, 4096)

    plain = memory(Compute(bf16=True))
    assert plain.states == pytest.approx(107.8e9, rel=1e-3)
    assert memory(Compute(bf16=True, sharding="full_shard"), 8).states == pytest.approx(107.8e9 / 8, rel=0.05)
    full = memory(Compute(bf16=True, activation_checkpointing="full"))
    selective = memory(Compute(bf16=True, activation_checkpointing="selective"))
    assert full.activations < selective.activations < plain.activations
    assert memory(Compute(), learnt=8_388_608).states < 0.3 * plain.states


def test_peaks() -> None:
    assert peak_tflops(torch.device("cpu"), None) is None
    assert peak_tflops(torch.device("cpu"), 2.5) == 2.5


def test_what_is_held_out_depends_on_the_question_and_the_seed_alone() -> None:
    rows = [TrainingRow(row["id"], row["instruction"], "", "", row["output"]) for row in task_rows(2000)]
    train, held = split_rows(rows, 0.1, 0)
    assert 150 < len(held) < 250
    questions = {row.instruction for row in held}
    assert not questions & {row.instruction for row in train}
    again = split_rows([TrainingRow("x", row.instruction, "", "", "another answer") for row in reversed(rows)], 0.1, 0)
    assert {row.instruction for row in again[1]} == questions
    assert {row.instruction for row in split_rows(rows, 0.1, 1)[1]} != questions
    assert questions < {row.instruction for row in split_rows(rows, 0.2, 0)[1]}
