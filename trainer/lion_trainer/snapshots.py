"""The states that a run is saved in while it is under way, so that it can go on after whatever ended it.

A snapshot is a folder `step-…` of torch.distributed.checkpoint's files, with `snapshot.json` beside them. It is written
under another name, synced, renamed, and only then named in `LATEST`: a run that dies while it saves goes on from the
state before. The numbers are shared out over files by process, and read back by any number of processes.

The format is torch's and not promised across its versions: snapshots are for going on, checkpoints for keeping.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from lion_trainer.distributed import World
from lion_trainer.errors import BadInput, TrainerError, saying_disk_full
from lion_trainer.files import replace_file, sync_folder, to_json
from lion_trainer.trainable import Trainable

MANIFEST = "snapshot.json"
LATEST = "LATEST"
FORMAT = 1  # of the manifest; a snapshot of another one is none

Fingerprint = dict[str, Any]


@dataclass(frozen=True)
class Snapshot:
    """A saved state: the steps that are in it, what the run had to tell by then, and the files with their sizes."""

    folder: Path
    step: int
    progress: dict[str, Any]
    fingerprint: Fingerprint
    names: list[str]
    files: dict[str, int]

    def is_whole(self) -> bool:
        """Whether every file is there in its full size."""
        return all(
            (self.folder / name).is_file() and (self.folder / name).stat().st_size == size
            for name, size in self.files.items()
        )


class Snapshots:
    """The snapshots of one run, in a folder that all its processes see. `keep` of them are kept."""

    def __init__(self, folder: Path, world: World, keep: int, fingerprint: Fingerprint) -> None:
        self.folder = folder
        self._world = world
        self._keep = keep
        self._fingerprint = fingerprint
        self.last_saved: int | None = None

    def save(self, trainable: Trainable, step: int, progress: dict[str, Any]) -> None:
        """Save the state after `step` steps; called by all processes together. Raises TrainerError on a full disk."""
        if self.last_saved == step:
            return
        place = self.folder / f"step-{step:07d}"
        temporary = place.with_name(f"{place.name}.tmp")
        first = self._world.rank == 0
        with saying_disk_full(f"the snapshot of step {step} ({place})"):
            if first:
                shutil.rmtree(temporary, ignore_errors=True)
                temporary.mkdir(parents=True)
            self._world.meet(f"snapshot {step} begins")
            state = {**trainable.state(), **self._random_states()}
            try:
                _write(state, temporary, alone=self._world.size == 1)
            except BaseException:
                if first:
                    shutil.rmtree(temporary, ignore_errors=True)
                raise
            if first:
                manifest = {
                    "format": FORMAT,
                    "step": step,
                    "processes": self._world.size,
                    "progress": progress,
                    "fingerprint": self._fingerprint,
                    "names": sorted(trainable.state()),
                    "files": {path.name: path.stat().st_size for path in sorted(temporary.iterdir())},
                }
                replace_file(temporary / MANIFEST, to_json(manifest, indent=2) + "\n")
                sync_folder(temporary)
                shutil.rmtree(place, ignore_errors=True)
                temporary.replace(place)
                sync_folder(self.folder)
                replace_file(self.folder / LATEST, place.name + "\n")
                self._prune()
        self._world.meet(f"snapshot {step} saved")
        self.last_saved = step

    def resume(self, trainable: Trainable, anyway: bool) -> Snapshot | None:
        """Load the latest snapshot that is whole, or do nothing if there is none; called by all processes together.

        Raises BadInput if it belongs to other data or other settings, unless `anyway`.
        """
        found = [snapshot for snapshot in self._found() if snapshot.is_whole()]
        self._agree(found[0].step if found else -1)
        for snapshot in found:
            self._check(snapshot, sorted(trainable.state()), anyway)
            if self._load(trainable, snapshot):
                self.last_saved = snapshot.step
                return snapshot
        if found:
            raise TrainerError(f"The snapshots in {self.folder} cannot be read; remove the folder to begin again.")
        return None

    def remove(self) -> None:
        """Remove all of them; called by the first process when the result is safe."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def latest_step(self) -> int | None:
        """The steps in the latest whole snapshot, whatever it belongs to."""
        return next((snapshot.step for snapshot in self._found() if snapshot.is_whole()), None)

    def _found(self) -> Iterator[Snapshot]:
        """Latest first. What is newer than `LATEST` was never finished, or belongs to a future that was given up."""
        latest = self.folder / LATEST
        limit = latest.read_text().strip() if latest.is_file() else "step-:"
        for place in sorted(self.folder.glob("step-*[0-9]"), reverse=True):
            if place.name > limit:
                continue
            try:
                content = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
                parts = (content[name] for name in ("step", "progress", "fingerprint", "names", "files"))
                snapshot = Snapshot(place, *parts)
            except (OSError, ValueError, LookupError, TypeError):
                continue
            if content.get("format") == FORMAT:
                yield snapshot

    def _prune(self) -> None:
        for old in [snapshot.folder for snapshot in self._found()][self._keep :]:
            shutil.rmtree(old, ignore_errors=True)
        latest = (self.folder / LATEST).read_text().strip()
        for place in self.folder.glob("step-*"):
            if place.name > latest or place.suffix == ".tmp":
                shutil.rmtree(place, ignore_errors=True)

    def _agree(self, step: int) -> None:
        """Raise BadInput unless all processes see the same: a shared folder that is not shared."""
        seen = torch.zeros(self._world.size, dtype=torch.float64, device=self._world.device)
        seen[self._world.rank] = step
        self._world.sum_in_place(seen)
        if bool((seen != step).any()):
            raise BadInput(
                f"The processes see different snapshots in {self.folder}; --snapshot_dir must be a folder that all "
                "hosts share."
            )

    def _check(self, snapshot: Snapshot, names: list[str], anyway: bool) -> None:
        differences = list(_differences(snapshot.fingerprint, self._fingerprint))
        if differences and not anyway:
            raise BadInput(
                f"{snapshot.folder} belongs to another run: {'; '.join(differences[:3])}. Give another --snapshot_dir "
                "or remove this one to begin again, or go on from it with --resume_anyway."
            )
        if snapshot.names != names:
            raise BadInput(
                f"{snapshot.folder} was saved with another --fsdp or --lora_rank and cannot be loaded; use the same, "
                "or remove the folder to begin again."
            )

    def _load(self, trainable: Trainable, snapshot: Snapshot) -> bool:
        """Whether all processes could load it."""
        from torch.distributed.checkpoint.api import CheckpointException
        from torch.distributed.checkpoint.filesystem import FileSystemReader
        from torch.distributed.checkpoint.state_dict_loader import load

        state = trainable.state()
        randoms: dict[str, torch.Tensor] = {}
        loaded = True
        try:
            reader = FileSystemReader(snapshot.folder)
            stored = reader.read_metadata().state_dict_metadata
            # A process that was not there when the state was saved has no generator in it.
            randoms = {name: tensor for name, tensor in self._random_states().items() if name in stored}
            state |= randoms
            with _without_the_remark_on_one_process():
                load(state, storage_reader=reader, no_dist=self._world.size == 1)
        except (Exception, CheckpointException) as error:  # which is no Exception
            if self._world.rank == 0:
                print(f"note: {snapshot.folder} cannot be read and is passed over ({type(error).__name__})")
            loaded = False
        count = torch.tensor([float(loaded)], device=self._world.device)
        self._world.sum_in_place(count)
        if int(count) < self._world.size:
            return False
        for name in randoms:
            device = name.split(".")[1]
            (torch.set_rng_state if device == "cpu" else torch.cuda.set_rng_state)(state.pop(name))
        trainable.load_state(state)
        return True

    def _random_states(self) -> dict[str, torch.Tensor]:
        """torch's generators of this process: dropout draws from them, nothing else does."""
        states = {f"random.cpu.{self._world.rank}": torch.get_rng_state()}
        if self._world.device.type == "cuda":
            states[f"random.cuda.{self._world.rank}"] = torch.cuda.get_rng_state()
        return states


def _write(state: dict[str, Any], folder: Path, alone: bool) -> None:
    # Four fifths of a second to import, which a run that saves nothing does not spend.
    from torch.distributed.checkpoint.filesystem import FileSystemWriter
    from torch.distributed.checkpoint.state_dict_saver import save

    with _without_the_remark_on_one_process():
        save(state, storage_writer=FileSystemWriter(folder, sync_files=True), no_dist=alone)


@contextlib.contextmanager
def _without_the_remark_on_one_process() -> Iterator[None]:
    """torch supposes in three lines that a single process may be meant; it is."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="torch.distributed is disabled")
        yield


def _differences(then: Fingerprint, now: Fingerprint) -> Iterator[str]:
    for name in sorted({*then, *now}):
        before, after = then.get(name), now.get(name)
        if before == after:
            continue
        hashes = all(isinstance(value, str) and len(value) == 64 for value in (before, after))
        yield f"the {name} is another" if hashes else f"{name} was {before} and is {after}"
