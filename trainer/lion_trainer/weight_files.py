"""The files that hold a checkpoint's weights: one, or shards that an index lists; and the hashes of all files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from torch import Tensor

from lion_trainer.errors import BadInput, TrainerError
from lion_trainer.files import sha256_of_file, to_json
from lion_trainer.geometry import Weights

WEIGHTS_FILE = "model.safetensors"
INDEX_FILE = f"{WEIGHTS_FILE}.index.json"
HASHES_FILE = "SHA256SUMS"

# Larger files are awkward to move and to begin again; transformers cuts where this says, too.
SHARD_BYTES = 5_000_000_000


def weight_files(folder: Path) -> list[str]:
    """Names of the files that hold the weights, by what the folder says. Raises BadInput for a broken index."""
    index = folder / INDEX_FILE
    if not index.is_file():
        return [WEIGHTS_FILE]
    try:
        shards = json.loads(index.read_text(encoding="utf-8"))["weight_map"]
        names = sorted(set(shards.values()))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        names = []
    if not names or not all(isinstance(name, str) for name in names):
        raise BadInput(f"{index} has no weight_map from names to files.")
    if any("/" in name or "\\" in name for name in names):
        raise BadInput(f"{index} names a file outside its folder.")
    return names


def read_weights(folder: Path) -> Weights:
    """The weights in a folder, in the precision they are stored in; a file's pages are read when they are needed.

    Raises BadInput for a missing or damaged file.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    weights: Weights = {}
    for name in weight_files(folder):
        if not (folder / name).is_file():
            raise BadInput(f"{folder} has no {name}; only weights in safetensors can be read.")
        try:
            weights.update(load_file(folder / name))
        except SafetensorError as error:
            raise BadInput(f"{folder / name} is damaged: {error}.") from error
    return weights


def write_weights(weights: Weights, folder: Path, shard_bytes: int = SHARD_BYTES) -> list[str]:
    """Write the weights into a folder: into one file, or with an index into files of at most `shard_bytes`, unless one
    matrix is larger. Returns the names of the files that hold them."""
    from safetensors.torch import save_file

    shards = list(_cut(weights, shard_bytes))
    if len(shards) == 1:
        save_file(weights, folder / WEIGHTS_FILE, metadata={"format": "pt"})
        return [WEIGHTS_FILE]
    places: dict[str, str] = {}
    for number, names in enumerate(shards, start=1):
        file = f"model-{number:05d}-of-{len(shards):05d}.safetensors"
        save_file({name: weights[name] for name in names}, folder / file, metadata={"format": "pt"})
        places |= dict.fromkeys(names, file)
    index = {"metadata": {"total_size": sum(map(_bytes, weights.values()))}, "weight_map": places}
    (folder / INDEX_FILE).write_text(to_json(index, indent=2) + "\n", encoding="utf-8")
    return sorted(set(places.values()))


def _cut(weights: Weights, shard_bytes: int) -> Iterator[list[str]]:
    names: list[str] = []
    size = 0
    for name, tensor in weights.items():
        if names and size + _bytes(tensor) > shard_bytes:
            yield names
            names, size = [], 0
        names.append(name)
        size += _bytes(tensor)
    yield names


def _bytes(tensor: Tensor) -> int:
    return tensor.numel() * tensor.element_size()


def weights_hash(hashes: dict[str, str]) -> str:
    """The hash of the weights as a whole: of the single file, or of the shards' lines as `sha256sum` writes them,
    sorted."""
    if len(hashes) == 1:
        return next(iter(hashes.values()))
    lines = sorted(f"{value}  {name}\n" for name, value in hashes.items())
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def files_in(folder: Path) -> list[str]:
    """Every file of a checkpoint but the list of hashes, as paths in the folder."""
    paths = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return [path for path in paths if path != HASHES_FILE]


def write_hashes(folder: Path, known: dict[str, str]) -> None:
    """Write `SHA256SUMS` over all files, as `sha256sum` does; hashes that are known are not computed again."""
    lines = [f"{known.get(name) or sha256_of_file(folder / name)}  {name}\n" for name in files_in(folder)]
    (folder / HASHES_FILE).write_text("".join(lines), encoding="utf-8")


def check_hashes(folder: Path) -> None:
    """Read every file of a published checkpoint back. Raises TrainerError if one is not as it was written."""
    for line in (folder / HASHES_FILE).read_text(encoding="utf-8").splitlines():
        expected, name = line.split("  ", 1)
        if not (folder / name).is_file() or sha256_of_file(folder / name) != expected:
            raise TrainerError(
                f"{folder / name} does not read back as it was written; check the disk, remove the folder and run the "
                "same command again."
            )
