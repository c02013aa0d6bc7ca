"""Checkpoints in Hugging Face's layout: reading one, and publishing one whole."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from lion_trainer.errors import BadInput
from lion_trainer.files import sha256_of_file, sync_folder, to_json
from lion_trainer.geometry import Geometry, Weights
from lion_trainer.lora import Adapter
from lion_trainer.template import TEMPLATE_FILE, Template
from lion_trainer.tokenizer import TOKENIZER_FILE_NAMES, StudentTokenizer

SUMMARY_FILE = "summary.json"
WEIGHTS_FILE = "model.safetensors"


@dataclass(frozen=True)
class Checkpoint:
    """What a student is made of. Weights are float32 on the CPU under transformers' names.

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
        weights=fitting_weights(_read_weights(folder), geometry, str(folder)) if with_weights else {},
        tokenizer=read_tokenizer(folder),
        generation_config=read_config(generation) if generation.is_file() else {},
        template_files={TEMPLATE_FILE: template.read_bytes()} if template.is_file() else {},
    )


def _read_weights(folder: Path) -> Weights:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    names = [WEIGHTS_FILE]
    index = folder / f"{WEIGHTS_FILE}.index.json"
    if index.is_file():
        names = sorted(set(read_config(index)["weight_map"].values()))
    weights: Weights = {}
    for name in names:
        if not (folder / name).is_file():
            raise BadInput(f"{folder} has no {name}; only weights in safetensors can be read.")
        try:
            weights.update(load_file(folder / name))
        except SafetensorError as error:
            raise BadInput(f"{folder / name} is damaged: {error}.") from error
    return weights


def fitting_weights(weights: Weights, geometry: Geometry, source: str) -> Weights:
    """Exactly the weights of the geometry, as float32. Raises BadInput for a missing one or another shape."""
    fitting: Weights = {}
    for name, shape in geometry.shapes().items():
        if name not in weights:
            raise BadInput(f"{source} has no weight {name}; its config.json describes another model.")
        if tuple(weights[name].shape) != shape:
            found = tuple(weights[name].shape)
            raise BadInput(f"{source}: {name} has the shape {found}, its config.json says {shape}.")
        fitting[name] = weights[name].to(torch.float32)
    return fitting


def with_room_for(checkpoint: Checkpoint, tokenizer: StudentTokenizer) -> Checkpoint:
    """The checkpoint with another tokenizer; rows for tokens that the matrices lack start as the mean of the old ones,
    which makes a new token's logit unremarkable instead of the largest (Hewitt 2021)."""
    rows = tokenizer.size
    config = {**checkpoint.config}
    weights = dict(checkpoint.weights)
    if rows > checkpoint.geometry.vocab_size:
        for name in ("model.embed_tokens.weight", "lm_head.weight"):
            if name in weights:
                old = weights[name]
                new = old.mean(dim=0, keepdim=True).expand(rows - len(old), -1)
                weights[name] = torch.cat([old, new])
        config["vocab_size"] = rows
    return replace(
        checkpoint,
        config=config,
        geometry=Geometry.from_config(config, checkpoint.source),
        weights=weights,
        tokenizer=tokenizer,
    )


def is_complete(folder: Path) -> bool:
    """Whether a finished checkpoint of ours is there: it is published whole, so the summary is enough."""
    return (folder / SUMMARY_FILE).is_file() and (folder / WEIGHTS_FILE).is_file()


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
) -> dict[str, Any]:
    """Write a checkpoint of these weights (under transformers' names) beside its place and move it there, so that
    `folder` is whole or absent. With an adapter, `adapter/` holds LoRA's matrices alone, as peft reads them.

    Returns the summary with the weights' hash, as stored.
    """
    from safetensors.torch import save_file

    temporary = folder.with_name(f"{folder.name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    save_file(weights, temporary / WEIGHTS_FILE, metadata={"format": "pt"})
    size = (temporary / WEIGHTS_FILE).stat().st_size
    summary = {**summary, "weights_sha256": sha256_of_file(temporary / WEIGHTS_FILE), "weights_bytes": size}
    for name, content in _text_files(checkpoint, template).items():
        (temporary / name).write_bytes(content)
    if adapter is not None:
        (temporary / "adapter").mkdir()
        save_file(adapter.weights, temporary / "adapter" / "adapter_model.safetensors", metadata={"format": "pt"})
        (temporary / "adapter" / "adapter_config.json").write_bytes(_json_bytes(adapter.config))
    (temporary / SUMMARY_FILE).write_text(to_json(summary, indent=2) + "\n", encoding="utf-8")
    for path in (one for one in temporary.rglob("*") if one.is_file()):
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
