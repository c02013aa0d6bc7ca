"""Checkpoints in Hugging Face's layout: reading one, and publishing one whole."""

from __future__ import annotations

import json
import math
import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from lion_trainer.errors import BadInput
from lion_trainer.files import sha256_of_file, sync_folder, to_json
from lion_trainer.geometry import TRUE_SIZE, Geometry, Weights
from lion_trainer.lora import Adapter
from lion_trainer.template import TEMPLATE_FILE, Template
from lion_trainer.tokenizer import TOKENIZER_FILE_NAMES, StudentTokenizer
from lion_trainer.weight_files import (
    SHARD_BYTES,
    read_weights,
    weight_files,
    weights_hash,
    write_hashes,
    write_weights,
)

SUMMARY_FILE = "summary.json"
# The number of rows that a matrix is rounded up to when a vocabulary grows: other numbers are slow on a GPU.
ROWS_TOGETHER = 64


@dataclass(frozen=True)
class Checkpoint:
    """What a student is made of. Weights are on the CPU under transformers' names, in the precision they are stored in
    (what trains them widens them to float32).

    template_files holds `lion_template.json` if the checkpoint has one.
    """

    source: str
    config: dict[str, Any]
    geometry: Geometry
    weights: Weights
    tokenizer: StudentTokenizer
    generation_config: dict[str, Any]
    template_files: dict[str, bytes]

    def stop_ids(self) -> frozenset[int]:
        """Every id that ends an answer: the tokenizer's EOS, and those that the configuration files name."""
        ids = {self.tokenizer.eos_id}
        for config in (self.generation_config, self.config):
            named = config.get("eos_token_id")
            ids.update(one for one in (named if isinstance(named, list) else [named]) if isinstance(one, int))
        return frozenset(ids)


def read_config(path: Path) -> dict[str, Any]:
    """A `config.json`. Raises BadInput if it is missing or not a JSON object."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(f"{path} does not exist.") from None
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} cannot be read as JSON: {error}.") from error
    if not isinstance(value, dict):
        raise BadInput(f"{path} is not a JSON object.")
    return value


def read_tokenizer(folder: Path) -> StudentTokenizer:
    """The tokenizer in a checkpoint's folder.

    One that exists only in an older format (a sentencepiece model) is converted by transformers.
    """
    files = {name: (folder / name).read_bytes() for name in TOKENIZER_FILE_NAMES if (folder / name).is_file()}
    if "tokenizer.json" not in files and ("tokenizer.model" in files or "vocab.json" in files):
        from lion_trainer.gguf import files_of_transformers_tokenizer

        files = files_of_transformers_tokenizer(folder)
    return StudentTokenizer(files, str(folder))


def read_checkpoint(folder: Path, *, with_weights: bool = True) -> Checkpoint:
    """Read a checkpoint's folder, its weights too if they are wanted (else there are none in the result).

    Raises BadInput for what is missing, damaged or not a LLaMA.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder} is not a folder; give the folder of a checkpoint.")
    config = read_config(folder / "config.json")
    geometry = Geometry.from_config(config, str(folder / "config.json"))
    if config.get("quantization_config"):
        raise BadInput(f"{folder} is quantised; give the checkpoint with its full weights.")
    generation = folder / "generation_config.json"
    template = folder / TEMPLATE_FILE
    return Checkpoint(
        source=str(folder),
        config=config,
        geometry=geometry,
        weights=fitting_weights(read_weights(folder), geometry, str(folder)) if with_weights else {},
        tokenizer=read_tokenizer(folder),
        generation_config=read_config(generation) if generation.is_file() else {},
        template_files={TEMPLATE_FILE: template.read_bytes()} if template.is_file() else {},
    )


def fitting_weights(weights: Weights, geometry: Geometry, source: str) -> Weights:
    """Exactly the weights of the geometry, as they are stored. Raises BadInput for a missing one or another shape."""
    fitting: Weights = {}
    for name, shape in geometry.shapes().items():
        if name not in weights:
            raise BadInput(f"{source} has no weight {name}; its config.json describes another model.")
        if tuple(weights[name].shape) != shape:
            found = tuple(weights[name].shape)
            raise BadInput(f"{source}: {name} has the shape {found}, its config.json says {shape}.")
        fitting[name] = weights[name]
    return fitting


def with_room_for(checkpoint: Checkpoint, tokenizer: StudentTokenizer) -> Checkpoint:
    """The checkpoint with another tokenizer; rows for tokens that the matrices lack start as the mean of the old ones,
    which makes a new token's logit unremarkable instead of the largest (Hewitt 2021).

    Matrices that must grow are rounded up to a multiple of 64 rows; the configuration then says how many are tokens.
    """
    old, tokens = checkpoint.geometry, max(tokenizer.size, checkpoint.geometry.vocabulary)
    if tokens == old.vocabulary:
        return replace(checkpoint, tokenizer=tokenizer)
    rows = old.vocab_size
    if tokens > rows:
        rows = math.ceil(tokens / ROWS_TOGETHER) * ROWS_TOGETHER
    weights = dict(checkpoint.weights)
    for name in ("model.embed_tokens.weight", "lm_head.weight"):
        if name in weights:
            known = weights[name][: old.vocabulary].float()
            weights[name] = torch.cat([known, known.mean(dim=0, keepdim=True).expand(rows - len(known), -1)])
    config = {**checkpoint.config, "vocab_size": rows}
    config.pop(TRUE_SIZE, None)
    if tokens < rows:
        config[TRUE_SIZE] = tokens
    geometry = Geometry.from_config(config, checkpoint.source)
    return replace(checkpoint, config=config, geometry=geometry, weights=weights, tokenizer=tokenizer)


def is_complete(folder: Path) -> bool:
    """Whether a finished checkpoint of ours is there: it is published whole, so the summary is enough."""
    try:
        names = [SUMMARY_FILE, *weight_files(folder)]
    except BadInput:
        return False
    return all((folder / name).is_file() for name in names)


def refuse_unusable_output(folder: Path) -> None:
    """Raise BadInput before any work if the result could not be put at `folder`."""
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise BadInput(f"{folder} exists and is not a finished checkpoint; remove it or choose another --output_dir.")


def publish(
    folder: Path,
    weights: Weights,
    checkpoint: Checkpoint,
    template: Template,
    summary: dict[str, Any],
    adapter: Adapter | None = None,
    shard_bytes: int = SHARD_BYTES,
) -> dict[str, Any]:
    """Write a checkpoint of these weights (under transformers' names) beside its place and move it there, so that
    `folder` is whole or absent. Weights above `shard_bytes` are cut into several files. With an adapter, `adapter/`
    holds LoRA's matrices alone, as peft reads them. `SHA256SUMS` covers every file but itself.

    Returns the summary with the weights' hash and size, as stored.
    """
    from safetensors.torch import save_file

    temporary = folder.with_name(f"{folder.name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    names = write_weights(weights, temporary, shard_bytes)
    hashes = {name: sha256_of_file(temporary / name) for name in names}
    size = sum((temporary / name).stat().st_size for name in names)
    summary = {**summary, "weights_sha256": weights_hash(hashes), "weights_bytes": size}
    if checkpoint.geometry.vocabulary < checkpoint.geometry.vocab_size:
        summary[TRUE_SIZE] = checkpoint.geometry.vocabulary
    for name, content in _text_files(checkpoint, template).items():
        (temporary / name).write_bytes(content)
    if adapter is not None:
        (temporary / "adapter").mkdir()
        save_file(adapter.weights, temporary / "adapter" / "adapter_model.safetensors", metadata={"format": "pt"})
        (temporary / "adapter" / "adapter_config.json").write_bytes(_json_bytes(adapter.config))
    (temporary / SUMMARY_FILE).write_text(to_json(summary, indent=2) + "\n", encoding="utf-8")
    write_hashes(temporary, hashes)
    for path in temporary.rglob("*"):
        if path.is_dir():
            sync_folder(path)
            continue
        path.chmod(0o644)  # safetensors keeps its file to the owner; a team reads checkpoints
        with path.open("rb") as stream:
            os.fsync(stream.fileno())
    sync_folder(temporary)
    if folder.is_dir():
        folder.rmdir()
    temporary.replace(folder)
    sync_folder(folder.parent)
    return summary


def _text_files(checkpoint: Checkpoint, template: Template) -> dict[str, bytes]:
    tokenizer = checkpoint.tokenizer
    config = {name: value for name, value in checkpoint.config.items() if name != "quantization_config"}
    config |= {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "dtype": "float32"}
    config.pop("torch_dtype", None)
    ids = {"bos_token_id": tokenizer.bos_id, "eos_token_id": tokenizer.eos_id, "pad_token_id": tokenizer.pad_id}
    config |= ids
    generation = {**checkpoint.generation_config, **ids}
    if len(stop_ids := checkpoint.stop_ids()) > 1:
        generation["eos_token_id"] = sorted(stop_ids)
    files = dict(tokenizer.files)
    # The template stands in its own file, once; a copy in the settings could disagree with it.
    settings = {name: value for name, value in tokenizer.settings.items() if name != "chat_template"}
    files["tokenizer_config.json"] = _json_bytes(settings)
    files["chat_template.jinja"] = template.jinja().encode()
    files[TEMPLATE_FILE] = _json_bytes(template.manifest())
    files["config.json"] = _json_bytes(config)
    files["generation_config.json"] = _json_bytes(generation)
    return files


def _json_bytes(value: object) -> bytes:
    return (to_json(value, indent=2) + "\n").encode()
