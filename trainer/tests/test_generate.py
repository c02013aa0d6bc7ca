"""Answers: transformers' tokens, the same bytes after a kill, and never a crash for a prompt."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from conftest import Student, read_lines, run_module, start_module, task_rows, wait_until, write_lines
from transformers import AutoModelForCausalLM

from lion_trainer import builtin_engine
from lion_trainer.builtin_engine import BuiltInEngine
from lion_trainer.checkpoint import read_checkpoint
from lion_trainer.decoding import Answer, answer_batch
from lion_trainer.distributed import World
from lion_trainer.errors import TrainerError
from lion_trainer.generate import parse_arguments
from lion_trainer.llama import Llama
from lion_trainer.questions import Question, form_batches
from lion_trainer.rows import PromptRow
from lion_trainer.sampling import Sampling, chooser
from lion_trainer.template import choose_template

GREEDY = Sampling(0.0, 1.0, 0, 12)
CPU = torch.device("cpu")


def prompts_of(student: Student, count: int) -> tuple[Llama, list[list[int]], frozenset[int]]:
    checkpoint = read_checkpoint(student.folder)
    template = choose_template(None, checkpoint.tokenizer, checkpoint.template_files)
    rows = [PromptRow(row["id"], None, row["instruction"], "", "") for row in task_rows(count, seed=2)]
    return Llama(checkpoint.geometry, checkpoint.weights), template.encode(rows), checkpoint.stop_ids()


def test_greedy_tokens_are_those_of_transformers_one_prompt_at_a_time(student: Student) -> None:
    model, prompts, stop_ids = prompts_of(student, 24)
    theirs = AutoModelForCausalLM.from_pretrained(student.folder).eval()
    answers = answer_batch(model, prompts, [12] * len(prompts), stop_ids, chooser(GREEDY, [""] * 24, CPU))
    assert len({answer.generated for answer in answers}) > 1  # rows end at different times
    for prompt, answer in zip(prompts, answers, strict=True):
        ids = torch.tensor([prompt])
        out = theirs.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=12,
            do_sample=False,
            output_logits=True,
            return_dict_in_generate=True,
        )
        expected = [token for token in out.sequences[0, len(prompt) :].tolist() if token not in stop_ids]
        if answer.tokens != expected:
            place = next(i for i, pair in enumerate(zip(answer.tokens, expected, strict=False)) if pair[0] != pair[1])
            best = out.logits[place][0].topk(2).values
            assert float(best[0] - best[1]) < 1e-4
        assert answer.finish_reason == ("stop" if len(expected) < out.sequences.shape[1] - len(prompt) else "length")


def test_an_answer_does_not_depend_on_its_company(student: Student) -> None:
    model, prompts, stop_ids = prompts_of(student, 12)
    for sampling in (GREEDY, Sampling(0.8, 0.9, 5, 12)):
        ids = [f"id{number}" for number in range(12)]
        together = answer_batch(model, prompts, [12] * 12, stop_ids, chooser(sampling, ids, CPU))
        alone = [
            answer_batch(model, [prompt], [12], stop_ids, chooser(sampling, [identity], CPU))[0]
            for prompt, identity in zip(prompts, ids, strict=True)
        ]
        assert together == alone


def test_sampling_draws_from_the_distribution() -> None:
    logits = torch.log(torch.tensor([[0.5, 0.3, 0.15, 0.05]])).expand(4000, -1)
    ids = [str(number) for number in range(4000)]
    rows = torch.arange(4000)
    everything = chooser(Sampling(1.0, 1.0, 1, 1), ids, CPU)(logits, rows, 0)
    shares = torch.bincount(everything, minlength=4) / 4000
    torch.testing.assert_close(shares, torch.tensor([0.5, 0.3, 0.15, 0.05]), rtol=0, atol=0.03)
    nucleus = chooser(Sampling(1.0, 0.7, 1, 1), ids, CPU)(logits, rows, 0)
    shares = torch.bincount(nucleus, minlength=4) / 4000
    torch.testing.assert_close(shares, torch.tensor([0.625, 0.375, 0.0, 0.0]), rtol=0, atol=0.03)
    assert not torch.equal(everything, chooser(Sampling(1.0, 1.0, 2, 1), ids, CPU)(logits, rows, 0))


def test_each_row_of_a_batch_may_be_sampled_in_its_own_way(student: Student) -> None:
    model, prompts, stop_ids = prompts_of(student, 12)
    ids = [f"id{number}" for number in range(12)]
    each = [Sampling(*((0.0, 1.0, 0), (1.5, 0.9, 1), (0.7, 1.0, 2))[number % 3], 12) for number in range(12)]
    together = answer_batch(model, prompts, [12] * 12, stop_ids, chooser(each, ids, CPU))
    for kind in range(3):
        alone = answer_batch(model, prompts, [12] * 12, stop_ids, chooser(each[kind], ids, CPU))
        assert together[kind::3] == alone[kind::3]


def test_lions_temperature_is_the_default_and_greedy_is_zero() -> None:
    plain = ["--model", "m", "--in", "i", "--out", "o"]
    assert parse_arguments(plain).temperature == 0.7
    assert parse_arguments([*plain, "--temperature", "0"]).temperature == 0.0


def test_memory_that_runs_out_halves_the_batch_for_good(
    student: Student, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model, prompts, stop_ids = prompts_of(student, 24)
    rows = [PromptRow(str(number), None, "", "", "") for number in range(24)]
    questions = [Question(row, prompt, 12) for row, prompt in zip(rows, prompts, strict=True)]
    world = World(0, 1, CPU, None)
    sampling = Sampling(0.7, 1.0, 3, 12)
    missing = {row.id for row in rows} - {"5"}

    def answers(limit: int) -> tuple[dict[str, Answer], list[int]]:
        sizes: list[int] = []

        def limited(*arguments: object) -> list[Answer]:
            sizes.append(len(arguments[1]))  # type: ignore[arg-type]
            if sizes[-1] > limit:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return answer_batch(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(builtin_engine, "answer_batch", limited)
        engine = BuiltInEngine(model, stop_ids, sampling, world, 400)
        pairs = [pair for group in engine.answer(questions, missing) for pair in group]
        assert len(pairs) == len(missing)
        return {question.row.id: answer for question, answer in pairs}, sizes

    whole, sizes = answers(1000)
    assert sizes == [14, 10]
    halved, sizes = answers(7)
    assert sizes == [14, 7, 7, 5, 5]
    assert halved == whole and halved.keys() == missing
    assert "going on with half" in capsys.readouterr().out
    with pytest.raises(TrainerError, match="single question"):
        answers(0)


def test_batches_keep_their_limit_and_every_question() -> None:
    questions = [Question(PromptRow(str(n), None, "", "", ""), [1] * (1 + n * 7 % 13), 5) for n in range(40)]
    questions.append(Question(PromptRow("long", None, "", "", ""), [1] * 90, 5))
    batches = form_batches(questions, 60)
    assert sorted(one.row.id for batch in batches for one in batch) == sorted(one.row.id for one in questions)
    for batch in batches:
        width = max(len(one.prompt) + one.room for one in batch)
        assert len(batch) == 1 or len(batch) * width <= 60


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [{"id": row["id"], "key": f"k-{row['id']}", "instruction": row["instruction"]} for row in task_rows(60, 3)]
    rows[7] = {"id": "too long", "key": None, "instruction": "A " * 70}
    rows[9] |= {"input": "héllo 日本 </s>", "system": "Be brief."}
    return write_lines(tmp_path_factory.mktemp("questions") / "in.jsonl", rows)


def arguments(student: Student, questions: Path, out: Path) -> list[object]:
    return [
        *("--model", student.folder, "--in", questions, "--out", out, "--max_new_tokens", 10),
        *("--seed", 3, "--batch_tokens", 300, "--model_name", "tiny"),
    ]


def test_a_killed_run_goes_on_to_the_same_bytes_on_any_number_of_processes(
    student: Student, questions: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    metrics, state = tmp_path / "metrics.jsonl", tmp_path / "state.json"
    ran = run_module("generate", *arguments(student, questions, out), "--metrics", metrics, "--state", state)
    assert ran.returncode == 0, ran.stderr
    whole = out.read_bytes()
    rows = read_lines(out)
    assert [row["id"] for row in rows] == [row["id"] for row in read_lines(questions)]
    assert rows[0] == {
        "id": "r0",
        "key": "k-r0",
        "output": rows[0]["output"],
        "finish_reason": rows[0]["finish_reason"],
        "input_tokens": rows[0]["input_tokens"],
        "output_tokens": rows[0]["output_tokens"],
        "model": "tiny",
        "sampling": {"temperature": 0.7, "top_p": 1.0, "seed": 3, "max_new_tokens": 10},
        "engine": "builtin",
    }
    assert (rows[7]["output"], rows[7]["finish_reason"], rows[7]["output_tokens"]) == ("", "length", 0)
    last = read_lines(metrics)[-1]
    assert (last["done"], last["total"]) == (60, 60)
    assert json.loads(state.read_text())["state"] == "done"

    lines = whole.splitlines(keepends=True)
    out.write_bytes(b"".join(lines[40:50] + lines[:13]) + lines[13][:25])
    resumed = run_module("generate", *arguments(student, questions, out))
    assert resumed.returncode == 0 and "37 of them new" in resumed.stdout, resumed.stderr
    assert out.read_bytes() == whole

    out.unlink()
    out.with_name("out.jsonl.rank5").write_bytes(b"".join(lines[20:30]) + b'{"id": "torn')
    two = run_module("generate", *arguments(student, questions, out), processes=2)
    assert two.returncode == 0, two.stderr
    assert out.read_bytes() == whole
    assert sorted(path.name for path in tmp_path.iterdir()) == ["metrics.jsonl", "out.jsonl", "state.json"]

    other = run_module("generate", *arguments(student, questions, out), "--seed", 4)
    assert other.returncode == 2 and "other sampling settings" in other.stderr
    assert out.read_bytes() == whole


def test_a_missing_model_is_one_sentence(questions: Path, tmp_path: Path) -> None:
    ran = run_module("generate", "--model", tmp_path / "none", "--in", questions, "--out", tmp_path / "out.jsonl")
    assert ran.returncode == 2 and ran.stderr.startswith("error: ") and len(ran.stderr.splitlines()) == 1


def test_a_stopped_run_keeps_what_it_has_and_goes_on(student: Student, tmp_path: Path) -> None:
    rows = [{"id": row["id"], "instruction": row["instruction"]} for row in task_rows(4000, 3)]
    questions, out, state = write_lines(tmp_path / "in.jsonl", rows), tmp_path / "out.jsonl", tmp_path / "state.json"
    command = [*("--model", student.folder, "--in", questions, "--out", out, "--batch_tokens", 100, "--state", state)]
    process = start_module("generate", *command)
    wait_until(lambda: out.exists() and out.stat().st_size > 0)
    process.terminate()
    assert process.wait(20) == 75
    assert json.loads(state.read_text())["state"] == "stopped"
    kept = len(out.read_bytes().split(b"\n")) - 1
    assert 0 < kept < len(rows)
    write_lines(questions, rows[:200])
    resumed = run_module("generate", *command)
    assert resumed.returncode == 0, resumed.stderr
    assert [row["id"] for row in read_lines(out)] == [row["id"] for row in rows[:200]]
