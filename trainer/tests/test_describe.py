"""What a folder of weights holds, and why another one cannot be used."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import Student, run_module
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from lion_trainer.describe import describe, main
from lion_trainer.errors import BadInput


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_our_own_checkpoint_is_described(
    student: Student, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = run_module("describe", "--model", student.folder, "--json")
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    theirs = AutoModelForCausalLM.from_pretrained(student.folder)
    assert found["parameters"] == sum(parameter.numel() for parameter in theirs.parameters())
    assert found["geometry"]["layers"] == 2 and found["geometry"]["hidden"] == 32
    assert found["template"]["name"] == "lion" and found["template"]["from"] == "lion_template.json"
    assert found["types"] == ["F32"] and found["vocabulary"]["tokens"] <= found["vocabulary"]["rows"]
    assert found["weights_sha256"] == json.loads((student.folder / "summary.json").read_text())["weights_sha256"]
    for name, file in found["files"].items():
        assert file == {"bytes": (student.folder / name).stat().st_size, "sha256": sha256(student.folder / name)}
    assert {"model.safetensors", "config.json", "tokenizer.json"} <= found["files"].keys()
    monkeypatch.setattr("sys.argv", ["describe", "--model", str(student.folder)])
    main()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{student.folder}: a LLaMA of ") and len(lines) == 1 + len(found["files"])


def test_weights_that_transformers_wrote_in_shards_are_described(student: Student, tmp_path: Path) -> None:
    theirs = AutoModelForCausalLM.from_pretrained(student.folder).to(torch.bfloat16)
    theirs.save_pretrained(tmp_path, max_shard_size="20KB")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(student.folder / name, tmp_path)
    shards = sorted(path.name for path in tmp_path.glob("*.safetensors"))
    assert len(shards) > 1
    found = describe(tmp_path)
    assert found["types"] == ["BF16"]
    assert found["template"] | {"sha256": ""} == {"name": "lion", "from": "default", "sha256": ""}
    lines = sorted(f"{sha256(tmp_path / name)}  {name}\n" for name in shards)
    assert found["weights_sha256"] == hashlib.sha256("".join(lines).encode()).hexdigest()


def without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def with_config(**changes: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    return change


def without_a_weight(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    del weights["model.norm.weight"]
    save_file(weights, folder / "model.safetensors")


def cut_off(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def broken_template(folder: Path) -> None:
    (folder / "lion_template.json").unlink()
    (folder / "chat_template.jinja").write_text("{{ raise_exception('no') }}")


def index_that_leads_out(folder: Path) -> None:
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": "../x.safetensors"}}))


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (without("config.json"), "config.json does not exist"),
        (without("model.safetensors"), "has no model.safetensors"),
        (without("tokenizer.json"), "no tokenizer.json"),
        (with_config(model_type="gpt2"), 'type "gpt2"'),
        (with_config(quantization_config={"bits": 4}), "quantised"),
        (with_config(num_hidden_layers=3), "does not fit its config.json"),
        (with_config(vocab_size=100), "not the tokenizer of these weights"),
        (without_a_weight, "model.norm.weight must be [32] and is not there"),
        (cut_off, "is damaged"),
        (broken_template, "chat template that cannot be used: no."),
        (index_that_leads_out, "outside its folder"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(
    student: Student, tmp_path: Path, spoil: Callable[[Path], None], sentence: str
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(student.folder, folder)
    spoil(folder)
    with pytest.raises(BadInput) as raised:
        describe(folder)
    assert sentence in str(raised.value) and "\n" not in str(raised.value)


def test_a_folder_that_is_not_there_ends_with_two(tmp_path: Path) -> None:
    ran = run_module("describe", "--model", tmp_path / "none", "--json")
    assert ran.returncode == 2 and ran.stdout == "" and len(ran.stderr.splitlines()) == 1
