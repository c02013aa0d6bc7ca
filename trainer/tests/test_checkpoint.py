"""What a published checkpoint holds, and that it reads back: in one file or in shards, with spare rows, in bf16."""

from __future__ import annotations

import hashlib
import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import Student
from parallel_cases import data
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from lion_trainer.checkpoint import Checkpoint, is_complete, publish, read_checkpoint, with_room_for
from lion_trainer.decoding import answer_batch
from lion_trainer.distributed import World
from lion_trainer.errors import BadInput, TrainerError
from lion_trainer.llama import Llama, TokenRows
from lion_trainer.optimizer import AdamWNumbers
from lion_trainer.sampling import Sampling, chooser
from lion_trainer.template import choose_template
from lion_trainer.trainable import Compute, make_trainable
from lion_trainer.weight_files import check_hashes, weight_files

ALONE = World(0, 1, torch.device("cpu"), None)
EMBEDDING = "model.embed_tokens.weight"


def published(folder: Path, checkpoint: Checkpoint, **options: Any) -> dict[str, Any]:
    template = choose_template(None, checkpoint.tokenizer, checkpoint.template_files)
    return publish(folder, checkpoint.weights, checkpoint, template, {"steps": 1}, **options)


def grown(student: Student) -> Checkpoint:
    """The student with a tokenizer of one token more."""
    checkpoint = read_checkpoint(student.folder)
    tokenizer = checkpoint.tokenizer
    smaller = {**tokenizer.settings}
    del smaller["pad_token"]
    files = {**tokenizer.files, "tokenizer_config.json": json.dumps(smaller).encode()}
    without = type(tokenizer)({**files, "tokenizer.json": files["tokenizer.json"].replace(b"<pad>", b"<old>")}, "test")
    return with_room_for(checkpoint, without.with_pad_token())


def test_shards_have_an_index_and_read_back_here_and_in_transformers(student: Student, tmp_path: Path) -> None:
    checkpoint = read_checkpoint(student.folder)
    summary = published(tmp_path / "shards", checkpoint, shard_bytes=30_000)
    names = weight_files(tmp_path / "shards")
    assert len(names) > 2 and names[0] == f"model-00001-of-{len(names):05d}.safetensors"
    sizes = [sum(t.nbytes for t in load_file(tmp_path / "shards" / name).values()) for name in names]
    assert max(sizes[1:]) <= 30_000 and sum(sizes) == sum(t.nbytes for t in checkpoint.weights.values())
    again = read_checkpoint(tmp_path / "shards")
    assert all(torch.equal(again.weights[name], tensor) for name, tensor in checkpoint.weights.items())
    theirs = AutoModelForCausalLM.from_pretrained(tmp_path / "shards")
    assert torch.equal(theirs.get_input_embeddings().weight, checkpoint.weights[EMBEDDING])
    lines = sorted(f"{hashlib.sha256((tmp_path / 'shards' / n).read_bytes()).hexdigest()}  {n}\n" for n in names)
    assert summary["weights_sha256"] == hashlib.sha256("".join(lines).encode()).hexdigest()
    assert is_complete(tmp_path / "shards")
    (tmp_path / "shards" / names[1]).unlink()
    assert not is_complete(tmp_path / "shards")
    with pytest.raises(BadInput, match=f"has no {names[1]}"):
        read_checkpoint(tmp_path / "shards")


def test_the_hashes_cover_every_file_and_find_a_damaged_one(student: Student, tmp_path: Path) -> None:
    published(tmp_path / "out", read_checkpoint(student.folder))
    listed = {line.split("  ")[1] for line in (tmp_path / "out" / "SHA256SUMS").read_text().splitlines()}
    assert listed == {path.name for path in (tmp_path / "out").iterdir()} - {"SHA256SUMS"}
    checked = subprocess.run(["sha256sum", "--check", "SHA256SUMS"], cwd=tmp_path / "out", check=False)
    assert checked.returncode == 0
    check_hashes(tmp_path / "out")
    with (tmp_path / "out" / "model.safetensors").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\x7f")
    with pytest.raises(TrainerError, match=r"model.safetensors does not read back as it was written"):
        check_hashes(tmp_path / "out")


def test_new_tokens_start_as_the_mean_and_rows_are_rounded_up(student: Student) -> None:
    old, extended = read_checkpoint(student.folder), grown(student)
    before, after = (one.weights[EMBEDDING] for one in (old, extended))
    tokens = len(before) + 1
    assert extended.geometry.vocabulary == extended.config["lion_vocab_size"] == extended.tokenizer.size == tokens
    assert len(after) == extended.config["vocab_size"] == -(-tokens // 64) * 64 > tokens
    assert torch.equal(after[: tokens - 1], before)
    torch.testing.assert_close(after[tokens - 1 :], before.mean(0).expand(len(after) - tokens + 1, -1))
    # The next token takes a row that is there already.
    more = with_room_for(extended, _with_token(extended))
    assert more.config["vocab_size"] == len(after) and more.config["lion_vocab_size"] == tokens + 1
    assert torch.equal(more.weights[EMBEDDING][:tokens], after[:tokens])


def _with_token(checkpoint: Checkpoint) -> Any:
    content = json.loads(checkpoint.tokenizer.files["tokenizer.json"])
    added = {"id": checkpoint.tokenizer.size, "content": "<more>", "special": True}
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    content["added_tokens"].append({**added, **flags})
    files = {**checkpoint.tokenizer.files, "tokenizer.json": json.dumps(content).encode()}
    return type(checkpoint.tokenizer)(files, "the test")


def test_a_grown_vocabulary_is_recorded_and_loads_anywhere(student: Student, tmp_path: Path) -> None:
    extended = grown(student)
    summary = published(tmp_path / "out", extended)
    assert summary["lion_vocab_size"] == extended.geometry.vocabulary
    again = read_checkpoint(tmp_path / "out")
    assert again.geometry == extended.geometry
    theirs = AutoModelForCausalLM.from_pretrained(tmp_path / "out")
    assert len(AutoTokenizer.from_pretrained(tmp_path / "out")) == extended.geometry.vocabulary
    tokens = torch.tensor([1, 70, 80, 90])
    rows = TokenRows.build(tokens, torch.tensor([4]), torch.arange(4))
    ours = Llama(again.geometry, again.weights)
    with torch.no_grad():
        found, expected = ours(rows, None), theirs(tokens[None]).logits[0]
    size = extended.geometry.vocabulary
    torch.testing.assert_close(found[:, :size], expected[:, :size], rtol=1e-4, atol=1e-4)
    assert bool((found[:, size:] == -torch.inf).all())


def test_rows_that_are_no_tokens_are_never_learnt_nor_said(student: Student) -> None:
    extended = grown(student)
    size = extended.geometry.vocabulary
    loud = extended.weights[EMBEDDING].clone()
    loud[size:] = 100 * loud[2]
    checkpoint = replace(extended, weights={**extended.weights, EMBEDDING: loud})
    trainable = make_trainable(checkpoint, AdamWNumbers(), Compute(), ALONE)
    for _ in range(2):
        trainable.zero()
        trainable.accumulate(data(), range(8), 50)
        trainable.finish(1.0)
        gradient = trainable.model.embedding.grad
        assert gradient is not None and not gradient[size:].any() and bool(gradient[:size].any())
        trainable.step(1e-3)
    assert torch.equal(trainable.export()[EMBEDDING][size:], loud[size:])
    choose = chooser(Sampling(1.0, 1.0, 0, 20), ["a"], torch.device("cpu"))
    answer = answer_batch(Llama(checkpoint.geometry, checkpoint.weights), [[1, 70]], [20], {2}, choose)[0]
    assert max(answer.tokens, default=0) < size


def test_a_checkpoint_in_bf16_is_trained_in_float32(student: Student, tmp_path: Path) -> None:
    """At this rate an update is far below what bf16 can tell from nothing."""
    whole = read_checkpoint(student.folder)
    published(tmp_path / "half", whole)
    halved = {name: tensor.to(torch.bfloat16) for name, tensor in whole.weights.items()}
    save_file(halved, tmp_path / "half" / "model.safetensors", metadata={"format": "pt"})
    checkpoint = read_checkpoint(tmp_path / "half")
    assert {tensor.dtype for tensor in checkpoint.weights.values()} == {torch.bfloat16}
    trainable = make_trainable(checkpoint, AdamWNumbers(), Compute(), ALONE)
    assert {parameter.dtype for parameter in trainable.model.parameters()} == {torch.float32}
    trainable.zero()
    trainable.accumulate(data(), range(8), 50)
    trainable.finish(1.0)
    trainable.step(1e-6)
    exported = trainable.export()
    changed = [bool((exported[name] != halved[name].float()).any()) for name in exported]
    assert all(changed) and {tensor.dtype for tensor in exported.values()} == {torch.float32}
    assert all(torch.equal(exported[name].to(torch.bfloat16), halved[name]) for name in exported if "norm" in name)


def test_a_size_that_contradicts_the_matrices_is_refused(student: Student, tmp_path: Path) -> None:
    published(tmp_path / "out", read_checkpoint(student.folder))
    path = tmp_path / "out" / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "lion_vocab_size": 100_000}))
    with pytest.raises(BadInput, match="lion_vocab_size 100000 is not from 1 to vocab_size"):
        read_checkpoint(tmp_path / "out")
