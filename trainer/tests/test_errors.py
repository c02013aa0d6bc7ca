"""However a training ends before its end, one sentence says why, and nothing that is stored is harmed."""

from __future__ import annotations

import errno
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Student, read_lines, run_module, write_lines

from lion_trainer import trackers
from lion_trainer.errors import BadInput, TrainerError, is_disk_full, saying_disk_full
from lion_trainer.files import MetricsFile


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for 64 kB: less than the tiny student's weights."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def flags(student: Student, output: Path, *more: object) -> list[object]:
    return [
        *("--data_path", student.data, "--config_json", student.config, "--output_dir", output),
        *("--tokenizer_vocab_size", 400, "--max_steps", 12, "--batch_size", 16, *more),
    ]


def failure(ran: subprocess.CompletedProcess[str], code: int) -> str:
    assert ran.returncode == code, ran.stderr
    assert "Traceback" not in ran.stderr
    (line,) = ran.stderr.strip().splitlines()
    return line


def test_a_disk_that_is_full_when_the_checkpoint_is_published(student: Student, full_disk: Path) -> None:
    state = full_disk.with_name("state.json")
    ran = run_module("train", *flags(student, full_disk / "out", "--state", state))
    assert "The disk is full: the checkpoint" in failure(ran, 1)
    assert json.loads(state.read_text())["state"] == "failed"
    assert not (full_disk / "out").exists()


def test_a_disk_that_is_full_when_the_state_is_saved(student: Student, full_disk: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    ran = run_module("train", *flags(student, output, "--snapshot_dir", full_disk / "s", "--save_steps", 5))
    assert "The disk is full: the snapshot of step 5" in failure(ran, 1)
    assert not output.exists() and not list((full_disk / "s").glob("step-*"))


def test_a_disk_that_is_full_when_the_metrics_are_written(student: Student, full_disk: Path, tmp_path: Path) -> None:
    (full_disk / "ballast").write_bytes(bytes(63 * 1024))
    more = ("--metrics", full_disk / "metrics.jsonl", "--state", full_disk / "state.json", "--batch_size", 2)
    ran = run_module("train", *flags(student, tmp_path / "out", *more, "--max_steps", 40))
    assert "The disk is full: the " in failure(ran, 1)
    assert not (tmp_path / "out").exists()


def test_a_full_disk_is_recognised_however_it_is_wrapped() -> None:
    class Wrapped(BaseException):
        def __init__(self, error: BaseException) -> None:
            self.failures = {0: (error, None)}

    full = OSError(errno.ENOSPC, "No space left on device")
    assert is_disk_full(full) and is_disk_full(Wrapped(full))
    assert is_disk_full(RuntimeError('IoError(Os { code: 28, kind: StorageFull, message: "…" })'))
    assert not is_disk_full(OSError(errno.EACCES, "Permission denied"))
    with pytest.raises(TrainerError, match="the thing could not be written"), saying_disk_full("the thing"):
        raise ValueError("no matter") from full
    with pytest.raises(ValueError), saying_disk_full("the thing"):
        raise ValueError("another fault")


def test_unusable_flags_reach_the_state_too(student: Student, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    ran = run_module("train", *flags(student, tmp_path / "out", "--state", state, "--learning_rat", 1))
    assert failure(ran, 2) == "error: --learning_rat is no flag of this command; the nearest is --learning_rate."
    assert json.loads(state.read_text())["message"].startswith("--learning_rat is no flag")


def test_every_row_that_is_dropped_or_cut_is_listed(student: Student, tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = read_lines(student.data)[:20]
    rows += [
        {"id": "empty", "instruction": "Reverse", "output": ""},
        {"id": "full", "instruction": "A " * 80, "output": "B"},
        {"id": "long", "instruction": "Reverse these letters: A B", "output": "A " * 80},
    ]
    data = write_lines(tmp_path / "rows.jsonl", rows)
    ran = run_module("train", *flags(student, tmp_path / "out"), "--data_path", data, "--report_to", "none")
    assert ran.returncode == 0, ran.stderr
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["dropped_rows"] == [
        {"id": "empty", "reason": "the answer is empty"},
        {"id": "full", "reason": "the prompt alone fills 64 tokens"},
    ]
    assert summary["truncated_rows"] == ["long"]
    assert "2 rows dropped, 1 answers cut at 64 tokens" in ran.stdout
    assert summary["seed"] == 0 and "--max_steps" in summary["command_line"]


def test_a_tracker_that_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import builtins

    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name in ("wandb", "torch.utils.tensorboard"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    for name in ("tensorboard", "wandb"):
        with (
            pytest.raises(BadInput, match=f"pip install {name}"),
            trackers.open_trackers([name], tmp_path, "run", {}),
        ):
            raise AssertionError
    with trackers.open_trackers(["none"], tmp_path, "run", {}) as none:
        assert not none


def test_tensorboard_gets_the_curves(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="tensorboard is not installed")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    with trackers.open_trackers(["tensorboard"], tmp_path, "run", {}) as (tracker,):
        tracker.write({"step": 1, "loss": 2.0, "lr": 0.1, "mfu": None, "time": 5.0})
        tracker.write({"step": 2, "loss": 1.5, "lr": 0.2, "held_out_loss": 1.75, "time": 6.0})
    found = EventAccumulator(str(tmp_path))
    found.Reload()
    assert sorted(found.Tags()["scalars"]) == ["train/held_out_loss", "train/loss", "train/lr"]
    assert [(event.step, event.value) for event in found.Scalars("train/loss")] == [(1, 2.0), (2, 1.5)]


def test_a_line_that_a_killed_process_left_torn_is_ended(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 1}\n{"st')
    MetricsFile(path).write({"step": 2})
    assert path.read_text() == '{"step": 1}\n{"st\n{"step": 2}\n'
