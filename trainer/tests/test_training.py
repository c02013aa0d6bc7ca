"""What a step does does not depend on how it is shared out."""

from __future__ import annotations

import copy
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import Student, read_lines, run_module, task_rows, write_lines
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM, AutoTokenizer

from lion_trainer.batching import Schedule, epoch_order, gather, share_out
from lion_trainer.checkpoint import Checkpoint, read_checkpoint
from lion_trainer.distributed import World
from lion_trainer.errors import TrainerError
from lion_trainer.examples import Examples, encode_examples
from lion_trainer.files import sha256_of_file
from lion_trainer.llama import Llama
from lion_trainer.optimizer import AdamW, AdamWNumbers, FlatParameters, learning_rate
from lion_trainer.packing import Course
from lion_trainer.rows import TrainingRow, read_training_rows
from lion_trainer.template import choose_template
from lion_trainer.trainable import Compute, Trainable, make_trainable
from lion_trainer.training import Rates, training_steps

ALONE = World(0, 1, torch.device("cpu"), None)


def loaded(student: Student) -> tuple[Checkpoint, Examples]:
    checkpoint = read_checkpoint(student.folder)
    template = choose_template(None, checkpoint.tokenizer, checkpoint.template_files)
    return checkpoint, encode_examples(read_training_rows(student.data), template, checkpoint.tokenizer, 64)


def trainable_of(checkpoint: Checkpoint, world: World = ALONE, micro_batch_tokens: int = 10_000) -> Trainable:
    fresh = replace(checkpoint, weights={name: tensor.clone() for name, tensor in checkpoint.weights.items()})
    return make_trainable(fresh, AdamWNumbers(), Compute(micro_batch_tokens=micro_batch_tokens), world)


def gradients(checkpoint: Checkpoint, examples: Examples, batch: list[int], ranks: int, cap: int) -> torch.Tensor:
    """Gradients of a step that is shared out over so many processes, added up as they do."""
    total = torch.zeros(())
    for rank in range(ranks):
        trainable = trainable_of(checkpoint, World(rank, ranks, torch.device("cpu"), None), cap)
        trainable.accumulate(examples, batch, int(examples.supervised[batch].sum()))
        total = total + torch.cat([_gradient(parameter).reshape(-1) for parameter in trainable.model.parameters()])
    return total


def _gradient(parameter: torch.nn.Parameter) -> torch.Tensor:
    assert parameter.grad is not None
    return parameter.grad


def test_gradients_are_the_same_however_a_step_is_shared_out(student: Student) -> None:
    checkpoint, examples = loaded(student)
    batch = list(range(40))
    whole = gradients(checkpoint, examples, batch, 1, 10_000)
    for ranks, cap in ((2, 10_000), (2, 60), (1, 60), (1, 1)):
        torch.testing.assert_close(gradients(checkpoint, examples, batch, ranks, cap), whole, rtol=1e-4, atol=1e-6)


def test_the_gradient_is_that_of_the_mean_over_all_supervised_tokens(student: Student) -> None:
    """Against transformers, one example at a time, labels -100 on the prompt."""
    checkpoint, examples = loaded(student)
    theirs = AutoModelForCausalLM.from_pretrained(student.folder)
    total, count = torch.zeros(()), 0
    for index in range(12):
        start, length, prompt = (int(part[index]) for part in (examples.starts, examples.lengths, examples.prompts))
        ids = torch.from_numpy(examples.tokens[start : start + length])
        labels = ids.clone()
        labels[:prompt] = -100
        total = total + theirs(ids[None], labels=labels[None]).loss * (length - prompt)
        count += length - prompt
    (total / count).backward()
    ours = trainable_of(checkpoint)
    ours.accumulate(examples, range(12), count)
    loss, norm = ours.finish(0)
    assert loss == pytest.approx(float((total / count).detach()), rel=1e-5)
    expected = torch.linalg.vector_norm(torch.stack([parameter.grad.norm() for parameter in theirs.parameters()]))
    assert norm == pytest.approx(float(expected), rel=1e-5)


def test_only_the_answer_and_its_eos_are_supervised(student: Student) -> None:
    checkpoint, examples = loaded(student)
    rows, targets = gather(examples, [3, 1])
    expected: list[int] = []
    for row in (read_training_rows(student.data)[one] for one in (3, 1)):
        expected += [*checkpoint.tokenizer.encode_text([row.output])[0], checkpoint.tokenizer.eos_id]
    assert targets.tolist() == expected
    assert len(rows.tokens) == int(examples.lengths[[3, 1]].sum()) - 2


def test_a_cut_answer_trains_no_eos_and_a_row_without_target_is_dropped(student: Student) -> None:
    checkpoint, _ = loaded(student)
    tokenizer = checkpoint.tokenizer
    template = choose_template(None, tokenizer, checkpoint.template_files)
    rows = [
        TrainingRow("fits", "Reverse these letters: A B", "", "", "B A"),
        TrainingRow("cut", "Reverse these letters: A B C D", "", "", "D C B A"),
        TrainingRow("empty", "Reverse", "", "", ""),
        TrainingRow("full", "A " * 30, "", "", "B"),
    ]
    longest = len(template.encode(rows[:2])[1]) + 2
    examples = encode_examples(rows, template, tokenizer, longest)
    assert examples.truncated == ["cut"]
    assert [one["id"] for one in examples.dropped] == ["empty", "full"]
    _, targets = gather(examples, [1])
    assert targets.tolist() == tokenizer.encode_text(["D C"])[0]
    assert tokenizer.eos_id in gather(examples, [0])[1].tolist()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=60), st.integers(1, 4), st.integers(1, 120), st.randoms())
def test_sharing_out_loses_nothing_and_keeps_the_cap(lengths: list[int], ranks: int, cap: int, source) -> None:  # type: ignore[no-untyped-def]
    batch = list(range(len(lengths)))
    source.shuffle(batch)
    array = np.array(lengths)
    shares = share_out(batch, array, ranks, cap)
    assert sorted(one for rank in shares for part in rank for one in part) == sorted(batch)
    assert len(shares) == ranks
    for rank in shares:
        for part in rank:
            assert part
            assert len(part) == 1 or sum(lengths[one] for one in part) <= cap
    loads = [sum(lengths[one] for part in rank for one in part) for rank in shares]
    assert max(loads) - min(loads) <= max(lengths)


def test_the_order_knows_nothing_of_processes_and_covers_every_epoch() -> None:
    schedule = Schedule(examples=50, batch_size=16, epochs=2.5, seed=7)
    assert (schedule.steps_per_epoch, schedule.steps) == (4, 10)
    first = [one for step in range(4) for one in schedule.batch(step)]
    second = [one for step in range(4, 8) for one in schedule.batch(step)]
    assert sorted(first) == sorted(second) == list(range(50))
    assert first != second and first == list(epoch_order(50, 7, 0)) != list(epoch_order(50, 8, 0))


def test_adamw_is_torchs() -> None:
    torch.manual_seed(0)
    ours = torch.nn.Sequential(torch.nn.Linear(7, 5), torch.nn.Linear(5, 3))
    theirs = copy.deepcopy(ours)
    groups = [
        {"params": [p for p in theirs.parameters() if p.dim() > 1], "weight_decay": 0.1},
        {"params": [p for p in theirs.parameters() if p.dim() == 1], "weight_decay": 0.0},
    ]
    reference = torch.optim.AdamW(groups, lr=0.01, betas=(0.9, 0.98))
    flat = FlatParameters(ours.parameters())
    optimizer = AdamW(flat, 0.9, 0.98, 0.1)
    for _ in range(5):
        x = torch.randn(4, 7)
        flat.totals.zero_()
        reference.zero_grad()
        ours(x).square().sum().backward()
        theirs(x).square().sum().backward()
        norm = torch.nn.utils.clip_grad_norm_(theirs.parameters(), 1.0)
        assert flat.clip(1.0) == pytest.approx(float(norm), rel=1e-5)
        optimizer.step(0.01)
        reference.step()
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine.data, other.data)


def test_learning_rates() -> None:
    rates = [learning_rate(step, 10, 2, 1.0, "linear") for step in range(10)]
    assert rates[:3] == pytest.approx([1 / 3, 2 / 3, 1.0])
    assert rates[3:] == pytest.approx([1 - place / 8 for place in range(1, 8)])
    assert learning_rate(6, 10, 2, 2.0, "cosine") == pytest.approx(1.0)
    assert learning_rate(9, 10, 2, 2.0, "constant") == 2.0


def test_numbers_that_are_none_stop_the_training_before_the_weights(student: Student) -> None:
    checkpoint, examples = loaded(student)
    checkpoint.weights["model.norm.weight"][0] = float("nan")
    trainable = trainable_of(checkpoint)
    before = trainable.model.embedding.detach().clone()
    course = Course(Schedule(len(examples), 8, 1, 0), None, None)
    with pytest.raises(TrainerError, match=r"step 1 of 15 .*lower --learning_rate"):
        list(training_steps(trainable, examples, course, Rates(1e-3, 0, "constant", 1.0), lambda _: 0.0))
    assert torch.equal(trainable.model.embedding, before)


def test_the_checkpoint_loads_in_transformers(student: Student) -> None:
    model = AutoModelForCausalLM.from_pretrained(student.folder)
    tokenizer = AutoTokenizer.from_pretrained(student.folder)
    checkpoint, examples = loaded(student)
    ours = Llama(checkpoint.geometry, checkpoint.weights)
    rows, targets = gather(examples, [0])
    with torch.no_grad():
        expected = model(rows.tokens[None]).logits[0, -len(targets) :]
        torch.testing.assert_close(ours.logits(ours.hidden_states(rows)), expected, rtol=1e-5, atol=1e-5)
    assert model.dtype == torch.float32 and model.generation_config.eos_token_id == tokenizer.eos_token_id == 2
    assert model.config.vocab_size == len(tokenizer)
    stored = json.loads((student.folder / "summary.json").read_text())
    assert stored["weights_sha256"] == sha256_of_file(student.folder / "model.safetensors")
    assert stored["steps"] == 96 and stored["loss_last"] < stored["loss_first"]
    assert not student.folder.with_name("checkpoint.tmp").exists()


def test_metrics_and_state_tell_the_whole_run(student: Student) -> None:
    lines = read_lines(student.folder.with_name("metrics.jsonl"))
    assert [line["step"] for line in lines] == list(range(1, 97))
    assert set(lines[0]) == {
        *("step", "steps", "epoch", "loss", "lr", "grad_norm", "tokens", "supervised_tokens", "tokens_per_s"),
        *("eta_s", "time", "mfu", "memory_mb"),
    }
    assert lines[-1]["epoch"] == 12 and lines[-1]["eta_s"] == 0
    state = json.loads(student.folder.with_name("state.json").read_text())
    assert (state["state"], state["step"], state["steps"]) == ("done", 96, 96)


def test_the_same_run_gives_the_same_bits_and_two_processes_the_same_path(student: Student, tmp_path: Path) -> None:
    again = run_module("train", *student.train_arguments(tmp_path / "again"))
    assert again.returncode == 0, again.stderr
    first = sha256_of_file(student.folder / "model.safetensors")
    assert sha256_of_file(tmp_path / "again" / "model.safetensors") == first

    arguments = [*student.train_arguments(tmp_path / "two"), "--micro_batch_tokens", 40]
    two = run_module("train", *arguments, "--metrics", tmp_path / "two.jsonl", processes=2)
    assert two.returncode == 0, two.stderr
    one = read_lines(student.folder.with_name("metrics.jsonl"))
    other = read_lines(tmp_path / "two.jsonl")
    assert [line["tokens"] for line in one] == [line["tokens"] for line in other]
    assert [line["loss"] for line in other[:16]] == pytest.approx([line["loss"] for line in one[:16]], rel=1e-3)
    assert other[0]["loss"] == pytest.approx(one[0]["loss"], rel=1e-6)
    assert other[0]["grad_norm"] == pytest.approx(one[0]["grad_norm"], rel=1e-5)


def test_a_finished_checkpoint_is_left_alone_and_can_be_continued(student: Student, tmp_path: Path) -> None:
    before = sha256_of_file(student.folder / "model.safetensors")
    ran = run_module("train", *student.train_arguments(student.folder))
    assert ran.returncode == 0 and "complete already" in ran.stdout
    assert sha256_of_file(student.folder / "model.safetensors") == before
    data = tmp_path / "alpaca.json"
    data.write_text(json.dumps(task_rows(20, seed=1)))
    continued = run_module(
        "train", "--data_path", data, "--model_name_or_path", student.folder, "--output_dir", tmp_path / "next"
    )
    assert continued.returncode == 0, continued.stderr
    assert (tmp_path / "next" / "tokenizer.json").read_bytes() == (student.folder / "tokenizer.json").read_bytes()


def test_bad_input_is_one_sentence_and_exit_code_two(student: Student, tmp_path: Path) -> None:
    def fails(*arguments: object) -> str:
        state = tmp_path / "state.json"
        ran = run_module("train", *arguments, "--output_dir", tmp_path / "out", "--state", state)
        assert ran.returncode == 2 and "Traceback" not in ran.stderr
        assert len(ran.stderr.strip().splitlines()) == 1
        assert json.loads(state.read_text())["state"] == "failed"
        return ran.stderr

    config = ("--config_json", student.config, "--tokenizer_vocab_size", 400)
    assert "nowhere.jsonl does not exist" in fails("--data_path", tmp_path / "nowhere.jsonl", *config)
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"instruction": "a", "output": "b"}\n\n{"instruction": "a", \n')
    assert "broken.jsonl: line 3 is not valid JSON" in fails("--data_path", broken, *config)
    empty = write_lines(tmp_path / "empty.jsonl", [{"instruction": "a", "output": ""}])
    assert "nothing to train on: all 1 rows were dropped" in fails("--data_path", empty, *config)
    damaged = tmp_path / "damaged"
    shutil.copytree(student.folder, damaged)
    (damaged / "model.safetensors").write_bytes(b"not weights")
    assert "is damaged" in fails("--data_path", student.data, "--model_name_or_path", damaged)
