"""`python -m lion_trainer.describe`: whether a folder is a LLaMA that can be trained and asked here, and what it holds.

For weights that were trained elsewhere. Nothing of the weights is loaded: their names, shapes and types stand in the
files' heads.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lion_trainer.checkpoint import Checkpoint, read_checkpoint
from lion_trainer.errors import BadInput, run_command
from lion_trainer.files import sha256_of_file, to_json
from lion_trainer.geometry import Geometry
from lion_trainer.template import TEMPLATE_FILE, Template, choose_template
from lion_trainer.tokenizer import TOKENIZER_FILE_NAMES
from lion_trainer.weight_files import weight_files, weights_hash

DESCRIBED = ("config.json", "generation_config.json", TEMPLATE_FILE, *TOKENIZER_FILE_NAMES)


def describe(folder: Path) -> dict[str, Any]:
    """What the folder holds. Raises BadInput, in one sentence, if it is no LLaMA that can be used here.

    `parameters` counts a matrix that embedding and head share once; `files` has the SHA-256 of each that is the
    student's; `weights_sha256` is that of the weights as a whole.
    """
    checkpoint = read_checkpoint(folder, with_weights=False)
    tokenizer, geometry = checkpoint.tokenizer, checkpoint.geometry
    template = choose_template(None, tokenizer, checkpoint.template_files)
    # A token that was added and has no row, as many have for padding, does no harm where no prompt has it.
    used = [tokenizer.ordinary_size - 1, tokenizer.eos_id, *_sample_prompt(folder, template)]
    if max(used) >= geometry.vocabulary:
        raise BadInput(
            f"{folder} has a tokenizer that gives the token {max(used)} and weights for {geometry.vocabulary} only; "
            "it is not the tokenizer of these weights."
        )
    shards = weight_files(folder)
    types = _check_weights(folder, shards, geometry)
    names = [*shards, *(name for name in DESCRIBED if (folder / name).is_file())]
    files: dict[str, dict[str, Any]] = {
        name: {"bytes": (folder / name).stat().st_size, "sha256": sha256_of_file(folder / name)}
        for name in sorted(set(names))
    }
    return {
        "model_type": "llama",
        "geometry": {name: value for name, value in asdict(geometry).items() if name != "initializer_range"},
        "parameters": sum(math.prod(shape) for shape in geometry.shapes().values()),
        "types": types,
        "vocabulary": {"tokens": tokenizer.size, "rows": geometry.vocab_size},
        "special_tokens": tokenizer.special_tokens,
        "stop_ids": sorted(checkpoint.stop_ids()),
        "template": {"name": template.name, "from": _origin(checkpoint), "sha256": template.manifest()["sha256"]},
        "files": files,
        "weights_sha256": weights_hash({name: files[name]["sha256"] for name in shards}),
    }


def _sample_prompt(folder: Path, template: Template) -> list[int]:
    try:
        return template.encode_conversation([{"role": "user", "content": "Hello"}])
    except Exception as error:  # a chat template is a program: it may fail in any way
        raise BadInput(f"{folder} has a chat template that cannot be used: {error}.") from error


def _check_weights(folder: Path, shards: list[str], geometry: Geometry) -> list[str]:
    """See that every weight of the geometry is there in its shape; returns the types they are stored in."""
    from safetensors import SafetensorError, safe_open

    found: dict[str, tuple[int, ...]] = {}
    types: set[str] = set()
    for name in shards:
        if not (folder / name).is_file():
            raise BadInput(f"{folder} has no {name}; only weights in safetensors can be read.")
        try:
            with safe_open(folder / name, framework="numpy") as file:
                for weight in file.keys():  # noqa: SIM118 (it is no dict)
                    part = file.get_slice(weight)
                    found[weight] = tuple(part.get_shape())
                    types.add(str(part.get_dtype()))
        except (SafetensorError, OSError) as error:
            raise BadInput(f"{folder / name} is damaged: {error}.") from error
    for weight, shape in geometry.shapes().items():
        if found.get(weight) != shape:
            has = f"in the shape {list(found[weight])}" if weight in found else "not there"
            raise BadInput(f"{folder} does not fit its config.json: {weight} must be {list(shape)} and is {has}.")
    return sorted(types)


def _origin(checkpoint: Checkpoint) -> str:
    if checkpoint.template_files:
        return TEMPLATE_FILE
    return "chat template" if checkpoint.tokenizer.chat_template is not None else "default"


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m lion_trainer.describe", description=__doc__, allow_abbrev=False)
    parser.add_argument("--model", type=Path, required=True, help="folder of a checkpoint")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of lines for a person")
    options = parser.parse_args()
    found = describe(options.model)
    if options.json:
        print(to_json(found))
        return
    geometry = found["geometry"]
    print(
        f"{options.model}: a LLaMA of {found['parameters']:,} parameters ({geometry['layers']} layers, "
        f"{geometry['hidden']} wide), {found['vocabulary']['tokens']:,} tokens, {geometry['positions']:,} positions, "
        f"stored as {', '.join(found['types'])}, template {found['template']['name']}"
    )
    for name, file in found["files"].items():
        print(f"{file['sha256']}  {name}")


if __name__ == "__main__":
    run_command(main)
