"""A run that ends before its end goes on as if nothing had happened."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import Student, read_lines, run_module, wait_until

from lion_trainer.checkpoint import read_checkpoint
from lion_trainer.distributed import World
from lion_trainer.errors import BadInput, TrainerError
from lion_trainer.files import sha256_of_file
from lion_trainer.optimizer import AdamWNumbers
from lion_trainer.snapshots import Snapshots
from lion_trainer.trainable import Compute, Trainable, make_trainable

ALONE = World(0, 1, torch.device("cpu"), None)
STEPS = 240


def arguments(student: Student, output: Path, *more: object) -> list[object]:
    """A run that is long enough to be caught in the middle."""
    return [
        *("--data_path", student.data, "--config_json", student.config, "--output_dir", output),
        *("--tokenizer_vocab_size", 400, "--max_steps", STEPS, "--batch_size", 24, "--learning_rate", 2e-3),
        *("--metrics", output.with_suffix(".jsonl"), "--state", output.with_suffix(".json"), *more),
    ]


def interrupt(
    student: Student, output: Path, at_line: int, how: signal.Signals, *more: object, processes: int = 0
) -> tuple[int, str]:
    """Start a run, send it a signal once so many steps are in its metrics, and return its exit code and stderr."""
    launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={processes}"] if processes else []
    command = [sys.executable, *launcher, "-m", "lion_trainer.train", *map(str, arguments(student, output, *more))]
    metrics = output.with_suffix(".jsonl")
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment)
    wait_until(lambda: metrics.is_file() and metrics.read_bytes().count(b"\n") >= at_line)
    process.send_signal(how)
    _, errors = process.communicate(timeout=60)
    assert not output.exists()
    return process.returncode, errors


def finish(student: Student, output: Path, *more: object, processes: int = 0) -> str:
    """Run the same command to its end; returns what it printed."""
    ran = run_module("train", *arguments(student, output, *more), processes=processes)
    assert ran.returncode == 0, ran.stderr
    assert not output.with_name(f"{output.name}.snapshots").exists()
    return ran.stdout


def weights_of(output: Path) -> str:
    return sha256_of_file(output / "model.safetensors")


def losses(output: Path) -> dict[int, tuple[float, int]]:
    """Loss and tokens of each step; where a step was taken twice, the later line counts."""
    return {line["step"]: (line["loss"], line["tokens"]) for line in read_lines(output.with_suffix(".jsonl"))}


def copied(source: Path, target: Path) -> Path:
    """Another output beside, with the same snapshots."""
    shutil.copytree(source.with_name(f"{source.name}.snapshots"), target.with_name(f"{target.name}.snapshots"))
    return target


def state_of(output: Path) -> dict[str, Any]:
    return json.loads(output.with_suffix(".json").read_text())


def assert_same_path(one: Path, other: Path, first: int, count: int) -> None:
    """The same samples in each step, and losses that differ by rounding only."""
    here, there = losses(one), losses(other)
    for step in range(first, first + count):
        assert here[step][1] == there[step][1]
        assert here[step][0] == pytest.approx(there[step][0], abs=1e-5)


@pytest.fixture(scope="module")
def undisturbed(student: Student, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("undisturbed") / "run"
    finish(student, output)
    return output


def test_kill_9_then_the_same_bits_and_two_processes_go_on_alike(
    student: Student, undisturbed: Path, tmp_path: Path
) -> None:
    killed = tmp_path / "killed"
    code, _ = interrupt(student, killed, 65, signal.SIGKILL, "--save_steps", 30)
    assert code == -signal.SIGKILL
    assert state_of(killed)["state"] == "running"
    elsewhere = copied(killed, tmp_path / "two")

    assert "going on after step" in finish(student, killed)
    assert weights_of(killed) == weights_of(undisturbed)
    summary = json.loads((killed / "summary.json").read_text())
    whole = json.loads((undisturbed / "summary.json").read_text())
    (step,) = summary["resumed_from"]
    assert step >= 60 and step % 30 == 0
    for name in ("tokens", "supervised_tokens", "loss_first", "loss_last", "steps"):
        assert summary[name] == whole[name]
    assert sorted(losses(killed)) == list(range(1, STEPS + 1))

    finish(student, elsewhere, processes=2)
    assert json.loads((elsewhere / "summary.json").read_text())["resumed_from"] == [step]
    assert_same_path(killed, elsewhere, step + 1, 40)


def test_sigterm_is_saved_and_two_processes_go_on_to_the_same_bits_or_one_alike(
    student: Student, tmp_path: Path
) -> None:
    """The two have the model in shards, which the one then puts together."""
    stopped, whole = tmp_path / "stopped", tmp_path / "whole"
    shards = ("--fsdp", "full_shard", "--max_steps", 60)
    code, errors = interrupt(student, stopped, 10, signal.SIGTERM, *shards, processes=2)
    assert code == 1 and "which is saved" in errors  # torchrun's own exit code: the state tells
    state = state_of(stopped)
    assert state["state"] == "stopped" and 10 <= state["step"] < 60
    alone = copied(stopped, tmp_path / "alone")

    finish(student, stopped, *shards, processes=2)
    finish(student, whole, *shards, processes=2)
    assert weights_of(stopped) == weights_of(whole)
    assert "has one process to share out over" in finish(student, alone, *shards)
    assert_same_path(stopped, alone, state["step"] + 1, min(40, 60 - state["step"]))


def test_a_single_process_that_is_stopped_exits_with_75(student: Student, tmp_path: Path) -> None:
    output = tmp_path / "run"
    code, errors = interrupt(student, output, 10, signal.SIGTERM)
    assert code == 75
    step = state_of(output)["step"]
    assert errors.strip() == f"stopped after step {step} of {STEPS}, which is saved"
    assert state_of(output)["state"] == "stopped"

    other = run_module("train", *arguments(student, output, "--learning_rate", 1e-3))
    assert other.returncode == 2
    assert "belongs to another run: learning_rate was 0.002 and is 0.001" in other.stderr
    assert "--resume_anyway" in other.stderr


# What follows needs no process of its own.


def trained(student: Student, seed: int = 0) -> Trainable:
    """A student whose weights and moments are recognisable numbers."""
    trainable = make_trainable(read_checkpoint(student.folder), AdamWNumbers(), Compute(), ALONE)
    source = torch.Generator().manual_seed(seed)
    for tensor in trainable.state().values():
        if isinstance(tensor, torch.Tensor):
            tensor.copy_(torch.rand(tensor.shape, generator=source))
    return trainable


def same_numbers(one: Trainable, other: Trainable) -> bool:
    there = other.state()
    return all(torch.equal(torch.as_tensor(value), torch.as_tensor(there[name])) for name, value in one.state().items())


def test_a_torn_snapshot_is_passed_over_for_the_one_before(student: Student, tmp_path: Path) -> None:
    one, two = trained(student, 1), trained(student, 2)
    snapshots = Snapshots(tmp_path, ALONE, 2, {"data": "d"})
    snapshots.save(one, 10, {"tokens": 1})
    snapshots.save(two, 20, {"tokens": 2})
    into = trained(student)
    found = snapshots.resume(into, False)
    assert found is not None and (found.step, found.progress) == (20, {"tokens": 2})
    assert same_numbers(into, two) and not same_numbers(into, one)

    (data,) = (tmp_path / "step-0000020").glob("*.distcp")
    whole = data.read_bytes()
    for content in (whole[:-100], bytes(len(whole))):  # cut short; of the right size and nonsense
        data.write_bytes(content)
        into = trained(student)
        found = snapshots.resume(into, False)
        assert found is not None and found.step == 10
        assert same_numbers(into, one)


def test_nothing_but_damage_is_said(student: Student, tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path, ALONE, 1, {})
    snapshots.save(trained(student), 10, {})
    (data,) = (tmp_path / "step-0000010").glob("*.distcp")
    data.write_bytes(bytes(data.stat().st_size))
    with pytest.raises(TrainerError, match="cannot be read; remove the folder to begin again"):
        snapshots.resume(trained(student), False)


def test_a_snapshot_that_was_never_named_latest_does_not_count(student: Student, tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path, ALONE, 3, {})
    one = trained(student, 1)
    snapshots.save(one, 10, {})
    shutil.copytree(tmp_path / "step-0000010", tmp_path / "step-0000011.tmp")
    shutil.copytree(tmp_path / "step-0000010", tmp_path / "step-0000030")
    found = snapshots.resume(trained(student), False)
    assert found is not None and found.step == 10
    snapshots.save(one, 20, {})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["LATEST", "step-0000010", "step-0000020"]


def test_as_many_are_kept_as_asked_for(student: Student, tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path, ALONE, 2, {})
    for step in (1, 2, 3):
        snapshots.save(trained(student), step, {})
    assert sorted(path.name for path in tmp_path.glob("step-*")) == ["step-0000002", "step-0000003"]
    assert (tmp_path / "LATEST").read_text() == "step-0000003\n"
    snapshots.remove()
    assert not tmp_path.exists()


def test_other_data_is_refused_unless_asked_for(student: Student, tmp_path: Path) -> None:
    Snapshots(tmp_path, ALONE, 1, {"data": "a" * 64, "seed": 0}).save(trained(student, 1), 10, {})
    others = Snapshots(tmp_path, ALONE, 1, {"data": "b" * 64, "seed": 0})
    with pytest.raises(BadInput, match=r"belongs to another run: the data is another\."):
        others.resume(trained(student), False)
    found = others.resume(trained(student), True)
    assert found is not None and found.step == 10


def test_dropouts_generator_goes_on_where_it_was(student: Student, tmp_path: Path) -> None:
    torch.manual_seed(5)
    torch.rand(3)
    snapshots = Snapshots(tmp_path, ALONE, 1, {})
    snapshots.save(trained(student), 10, {})
    expected = torch.rand(4)
    torch.manual_seed(0)
    snapshots.resume(trained(student), False)
    assert torch.equal(torch.rand(4), expected)
