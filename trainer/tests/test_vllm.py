"""Answers by vLLM in another Python: a stand-in for vLLM shows that nothing is lost, doubled or left behind."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest
import torch
from conftest import Student, read_lines, run_module, start_module, task_rows, wait_until, write_lines

from lion_trainer import vllm_worker
from lion_trainer.checkpoint import read_checkpoint
from lion_trainer.distributed import World
from lion_trainer.errors import TrainerError
from lion_trainer.questions import Question, make_questions
from lion_trainer.rows import PromptRow
from lion_trainer.sampling import Sampling
from lion_trainer.template import choose_template
from lion_trainer.vllm_engine import WAVE, VllmEngine, VllmSettings

FAKE = Path(__file__).parent / "fake_vllm"


@pytest.fixture
def vllm_python(tmp_path: Path) -> Path:
    """A Python that has (a stand-in for) vLLM, which ours has not."""
    script = tmp_path / "another python" / "bin" / "python"
    script.parent.mkdir(parents=True)
    script.write_text(f'#!/bin/sh\nPYTHONPATH="{FAKE}" exec "{sys.executable}" "$@"\n')
    script.chmod(0o755)
    return script


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    rows = [{"id": row["id"], "key": row["id"], "instruction": row["instruction"]} for row in task_rows(30, 3)]
    rows[7] = {"id": "too long", "key": None, "instruction": "A " * 70}
    rows[9]["instruction"] = "$(touch x) </s> `\n"
    return write_lines(tmp_path / "in.jsonl", rows)


def arguments(student: Student, questions: Path, out: Path, python: Path) -> list[object]:
    return [
        *("--model", student.folder, "--in", questions, "--out", out, "--vllm_python", python),
        *("--max_new_tokens", 40, "--model_name", "tiny"),
    ]


def engine_for(student: Student, python: Path, wave: int) -> tuple[VllmEngine, list[Question]]:
    checkpoint = read_checkpoint(student.folder, with_weights=False)
    template = choose_template(None, checkpoint.tokenizer, checkpoint.template_files)
    rows = [PromptRow(row["id"], None, row["instruction"], "", "") for row in task_rows(12, 3)]
    how = VllmSettings(python, student.folder, checkpoint.geometry.positions, "float32", 1)
    world = World(0, 1, torch.device("cpu"), None)
    engine = VllmEngine(how, checkpoint.stop_ids(), Sampling(0.7, 1.0, 0, 40), world, wave)
    return engine, make_questions(rows, template, 40, checkpoint.geometry.positions)


def test_answers_come_in_our_form_and_a_second_run_adds_nothing(
    student: Student, questions: Path, vllm_python: Path, tmp_path: Path
) -> None:
    out, metrics = tmp_path / "out.jsonl", tmp_path / "metrics.jsonl"
    ran = run_module("generate", *arguments(student, questions, out, vllm_python), "--metrics", metrics)
    assert ran.returncode == 0, ran.stderr
    assert "vLLM speaks" in ran.stdout
    rows = read_lines(out)
    assert [row["id"] for row in rows] == [row["id"] for row in read_lines(questions)]
    assert {row["engine"] for row in rows} == {"vllm"}
    checkpoint = read_checkpoint(student.folder, with_weights=False)
    template = choose_template(None, checkpoint.tokenizer, checkpoint.template_files)
    prompts = template.encode([PromptRow("", None, row["instruction"], "", "") for row in read_lines(questions)])
    for row, prompt in zip(rows, prompts, strict=True):
        room = max(0, min(40, 64 - len(prompt)))
        whole = len(prompt) + 1 <= room
        assert row["output"] == checkpoint.tokenizer.decode(prompt[::-1][:room])
        assert (row["finish_reason"], row["input_tokens"]) == ("stop" if whole else "length", len(prompt))
        assert row["output_tokens"] == (len(prompt) + 1 if whole else room)
        assert row["sampling"] == {"temperature": 0.7, "top_p": 1.0, "seed": 0, "max_new_tokens": 40}
    assert read_lines(metrics)[-1]["done"] == 30
    whole = out.read_bytes()
    out.write_bytes(b"".join(whole.splitlines(keepends=True)[3:20]) + b'{"id": "to')
    again = run_module("generate", *arguments(student, questions, out, vllm_python), processes=2)
    assert again.returncode == 0 and "13 of them new" in again.stdout, again.stderr
    assert "'torchrun': True" not in again.stdout
    assert out.read_bytes() == whole


def test_a_python_without_vllm_and_one_that_is_none_are_one_sentence(
    student: Student, questions: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    for python, sentence in ((Path(sys.executable), "has no vLLM"), (tmp_path / "none", "cannot be started")):
        ran = run_module("generate", *arguments(student, questions, out, python))
        assert ran.returncode == 2
        assert ran.stderr.splitlines()[-1].startswith("error: ") and sentence in ran.stderr


@pytest.mark.parametrize(
    ("mode", "says", "kept"),
    [("die", "exit code -9", 5), ("lose", "exit code 1", 0), ("quit", "left out 7 of 12", 5)],
)
def test_what_vllm_leaves_out_is_noticed_and_the_rest_is_kept(
    student: Student, vllm_python: Path, monkeypatch: pytest.MonkeyPatch, mode: str, says: str, kept: int
) -> None:
    monkeypatch.setenv("FAKE_VLLM", mode)
    engine, questions = engine_for(student, vllm_python, wave=5)
    got: list[str] = []
    with pytest.raises(TrainerError, match=says):
        for pairs in engine.answer(questions, {one.row.id for one in questions}):
            got += [question.row.id for question, _ in pairs]
    assert len(got) == kept


@pytest.mark.parametrize(("stop", "code"), [(signal.SIGTERM, 75), (signal.SIGKILL, -9)])
def test_vllm_ends_with_the_command_that_started_it(
    student: Student, vllm_python: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: int, code: int
) -> None:
    rows = [{"id": str(number), "instruction": "A B"} for number in range(WAVE + 100)]
    questions, out = write_lines(tmp_path / "in.jsonl", rows), tmp_path / "out.jsonl"
    monkeypatch.setenv("FAKE_VLLM", "hang")
    process = start_module("generate", *arguments(student, questions, out, vllm_python))
    wait_until(lambda: out.exists() and out.read_bytes().count(b"\n") == WAVE)
    worker = wait_for_worker(process.pid)
    process.send_signal(stop)
    assert process.wait(20) == code
    wait_until(lambda: not Path(f"/proc/{worker}").exists(), 10)
    assert out.read_bytes().count(b"\n") == WAVE


def wait_for_worker(parent: int) -> int:
    """The process id of the worker that a process has started."""
    found: list[int] = []

    def look() -> bool:
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        for child in children:
            if vllm_worker.__file__.encode() in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append(int(child))
        return bool(found)

    wait_until(look)
    return found[0]
