"""What only transformers can read: a GGUF file, and tokenizers without a `tokenizer.json`. Imported when needed."""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import torch

from lion_trainer.checkpoint import Checkpoint, fitting_weights
from lion_trainer.errors import BadInput
from lion_trainer.geometry import Geometry
from lion_trainer.tokenizer import TOKENIZER_FILE_NAMES, StudentTokenizer, TokenizerFiles


def read_gguf(file: Path) -> Checkpoint:
    """Read a LLaMA from a GGUF file, its weights widened to float32.

    transformers still counts the loaded model as quantised and refuses to save it, so the configuration is cleaned and
    the weights are copied out. Raises BadInput for a missing file, a missing package or another kind of model.
    """
    if not file.is_file():
        raise BadInput(f"{file} does not exist.")
    os.environ["HF_HUB_OFFLINE"] = "1"  # the file is all there is; nothing is fetched from anywhere
    try:
        import accelerate  # noqa: F401
        import gguf  # noqa: F401
        import sentencepiece  # noqa: F401
        from transformers import AutoModelForCausalLM
    except ImportError as error:
        raise BadInput(f"Reading {file} needs the package {error.name}; install lion-trainer[gguf].") from error
    try:
        with contextlib.redirect_stderr(io.StringIO()):  # bars that redraw themselves have no place in a log
            model: Any = AutoModelForCausalLM.from_pretrained(
                str(file.parent), gguf_file=file.name, dtype=torch.float32
            )
            files = files_of_transformers_tokenizer(file.parent, gguf_file=file.name)
    except Exception as error:  # transformers raises many kinds for a file that it cannot read
        first_line = str(error).strip().split("\n")[0]
        raise BadInput(f"{file} cannot be read as a GGUF model: {first_line}") from error
    config = _cleaned(json.loads(model.config.to_json_string(use_diff=True)))
    geometry = Geometry.from_config(config, str(file))
    generation = json.loads(model.generation_config.to_json_string(use_diff=True))
    return Checkpoint(
        source=str(file),
        config=config,
        geometry=geometry,
        weights=fitting_weights(model.state_dict(), geometry, str(file)),
        tokenizer=StudentTokenizer(files, str(file)),
        generation_config=_cleaned(generation),
        template_files={},
    )


def _cleaned(config: dict[str, Any]) -> dict[str, Any]:
    """Without what tells of the loading and not of the model."""
    unwanted = ("quantization_config", "transformers_version", "torch_dtype", "dtype")
    return {name: value for name, value in config.items() if name not in unwanted and not name.startswith("_")}


def files_of_transformers_tokenizer(folder: Path, **options: Any) -> TokenizerFiles:
    """Let transformers read a tokenizer and hand it over in today's files."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(folder), **options)
    with tempfile.TemporaryDirectory() as temporary:
        tokenizer.save_pretrained(temporary)
        paths = [Path(temporary) / name for name in TOKENIZER_FILE_NAMES]
        return {path.name: path.read_bytes() for path in paths if path.is_file()}
