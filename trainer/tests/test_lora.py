"""LoRA: what is trained is what is merged and what peft would read; and how layers may be computed in other ways."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from conftest import Student
from parallel_cases import BATCH, LORA, NUMBERS, data, student
from safetensors.torch import load_file
from torch import Tensor
from transformers import LlamaConfig, LlamaForCausalLM

from lion_trainer.checkpoint import publish, read_checkpoint
from lion_trainer.distributed import World
from lion_trainer.errors import BadInput
from lion_trainer.kernels import BY_HAND
from lion_trainer.liger import with_liger
from lion_trainer.llama import Llama, TokenRows
from lion_trainer.lora import Adapter
from lion_trainer.template import choose_template
from lion_trainer.trainable import Compute, Lora, Trainable, make_trainable

ALONE = World(0, 1, torch.device("cpu"), None)
ROWS = TokenRows.build(torch.arange(20) + 30, torch.tensor([8, 12]), torch.arange(20))


def trained(compute: Compute, steps: int = 2) -> Trainable:
    trainable = make_trainable(student(True), NUMBERS, compute, ALONE)
    for _ in range(steps):
        trainable.zero()
        trainable.accumulate(data(), BATCH, int(data().supervised[BATCH].sum()))
        trainable.finish(1.0)
        trainable.step(1e-2)
    return trainable


def adapter_of(trainable: Trainable) -> Adapter:
    adapter = trainable.adapter()
    assert adapter is not None
    return adapter


@torch.no_grad()
def logits(model: Any) -> Tensor:
    return model.eval()(ROWS, None)


def test_the_merged_weights_are_the_base_plus_the_matrices_and_compute_the_same() -> None:
    trainable = trained(Compute(lora=LORA))
    base, merged, matrices = student(True), trainable.export(), adapter_of(trainable).weights
    changed = set()
    for name, tensor in base.weights.items():
        stem = "base_model.model." + name.removesuffix(".weight")
        if f"{stem}.lora_A.weight" in matrices:
            changed.add(name.split(".")[-2])
            product = matrices[f"{stem}.lora_B.weight"] @ matrices[f"{stem}.lora_A.weight"]
            torch.testing.assert_close(merged[name], tensor + 2.0 * product)
            assert bool((merged[name] != tensor).any())
        else:
            assert torch.equal(merged[name], tensor)
    assert changed == set(LORA.targets) and len(matrices) == 2 * 3 * len(LORA.targets)
    torch.testing.assert_close(logits(trainable.model), logits(Llama(base.geometry, merged)), rtol=1e-4, atol=1e-4)


def test_training_starts_from_the_student_as_it_is_and_moves_the_matrices_only() -> None:
    trainable = trained(Compute(lora=LORA), steps=0)
    base = student(True)
    torch.testing.assert_close(logits(trainable.model), logits(Llama(base.geometry, base.weights)))
    sizes = sum(3 * (32 + rows) for rows in (32, 16)) + 3 * (32 + 32) + 3 * (32 + 49) + 3 * (49 + 32)
    assert trainable.trained_parameters == 3 * sizes < trainable.parameters
    assert all(".low_rank." in name for name in trainable.state() if name != "updates")


def test_the_adapter_is_published_as_peft_stores_it(student: Student, tmp_path: Path) -> None:
    checkpoint = read_checkpoint(student.folder)
    trainable = make_trainable(checkpoint, NUMBERS, Compute(lora=LORA), ALONE)
    template = choose_template(None, checkpoint.tokenizer, checkpoint.template_files)
    publish(tmp_path / "out", trainable.export(), checkpoint, template, {}, trainable.adapter())
    config = json.loads((tmp_path / "out" / "adapter" / "adapter_config.json").read_text())
    assert (config["peft_type"], config["r"], config["lora_alpha"]) == ("LORA", 3, 6.0)
    stored = load_file(tmp_path / "out" / "adapter" / "adapter_model.safetensors")
    first = "base_model.model.model.layers.0.self_attn.q_proj.lora_{}.weight"
    assert (stored[first.format("A")].shape, stored[first.format("B")].shape) == ((3, 32), (32, 3))
    listed = (tmp_path / "out" / "SHA256SUMS").read_text()
    assert "  adapter/adapter_model.safetensors\n" in listed and "  adapter/adapter_config.json\n" in listed


def test_peft_computes_the_same_from_the_adapter(tmp_path: Path) -> None:
    peft = pytest.importorskip("peft")
    trainable = trained(Compute(lora=LORA))
    base, adapter = student(True), adapter_of(trainable)
    from safetensors.torch import save_file

    (tmp_path / "adapter_config.json").write_text(json.dumps(adapter.config))
    save_file(adapter.weights, tmp_path / "adapter_model.safetensors")
    theirs = LlamaForCausalLM(LlamaConfig(**base.config))
    theirs.load_state_dict(base.weights, strict=False)
    theirs.tie_weights()
    model = peft.PeftModel.from_pretrained(theirs, tmp_path).eval()
    with torch.no_grad():
        expected = torch.cat([model(part[None]).logits[0] for part in ROWS.tokens.split([8, 12])])
    torch.testing.assert_close(logits(trainable.model), expected, rtol=1e-4, atol=1e-4)


def test_dropout_acts_in_training_only() -> None:
    compute = Compute(lora=replace(LORA, dropout=0.5))
    trainable = trained(compute)
    assert torch.equal(logits(trainable.model), logits(trainable.model))
    before = trainable.measure(data(), BATCH)
    assert trainable.measure(data(), BATCH) == before
    trainable.model.train()
    with torch.no_grad():
        assert not torch.equal(trainable.model(ROWS, None), trainable.model(ROWS, None))


def test_a_target_that_is_no_projection_is_refused() -> None:
    lora = Lora(rank=2, alpha=4, targets=("q_proj", "query"))
    with pytest.raises(BadInput, match='LoRA has no target "query"; choose from q_proj, k_proj'):
        make_trainable(student(True), NUMBERS, Compute(lora=lora), ALONE)


@pytest.mark.parametrize("kind", ["selective", "full"])
def test_recomputing_activations_changes_no_bit(kind: Any) -> None:
    kept, again = (trained(Compute(activation_checkpointing=one)).export() for one in ("off", kind))
    assert all(torch.equal(kept[name], again[name]) for name in kept)


def test_liger_is_asked_for_by_name_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="--liger needs a GPU"):
        with_liger(BY_HAND, on_gpu=False)
    monkeypatch.setitem(sys.modules, "liger_kernel", None)
    with pytest.raises(BadInput, match="pip install liger-kernel"):
        with_liger(BY_HAND, on_gpu=True)


def test_ligers_functions_are_called_as_they_are_defined(monkeypatch: pytest.MonkeyPatch) -> None:
    """With stand-ins of the signatures of liger-kernel 0.8; the kernels themselves need a GPU."""

    class Norm:
        @staticmethod
        def apply(X: Tensor, W: Tensor, eps: float, offset: float, casting_mode: str, in_place: bool) -> Tensor:
            assert (offset, casting_mode, in_place) == (0.0, "llama", False)
            return BY_HAND.rms_norm(X, W, eps)

    class Product:
        @staticmethod
        def apply(a: Tensor, b: Tensor) -> Tensor:
            return torch.nn.functional.silu(a) * b

    for name in ("liger_kernel", "liger_kernel.ops", "liger_kernel.ops.rms_norm", "liger_kernel.ops.swiglu"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setattr(sys.modules["liger_kernel.ops.rms_norm"], "LigerRMSNormFunction", Norm, raising=False)
    monkeypatch.setattr(sys.modules["liger_kernel.ops.swiglu"], "LigerSiLUMulFunction", Product, raising=False)
    base = student(True)
    model = Llama(base.geometry, base.weights)
    expected = logits(model)
    model.equip(model.attention, with_liger(BY_HAND, on_gpu=True))
    torch.testing.assert_close(logits(model), expected)
