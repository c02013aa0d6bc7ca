"""Answers by vLLM, in a process of its own and (since vLLM pins its torch) in a Python of its own: `vllm_worker`."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from lion_trainer import vllm_worker
from lion_trainer.decoding import Answer
from lion_trainer.distributed import World
from lion_trainer.errors import BadInput, TrainerError
from lion_trainer.questions import EngineName, Question
from lion_trainer.sampling import Sampling, row_seed

WAVE = 1024  # questions between two writings: vLLM keeps its batch full within a wave, a kill costs at most one
SECONDS_BETWEEN_LOOKS = 0.2
SECONDS_TO_END = 10.0


@dataclass(frozen=True)
class VllmSettings:
    """How to start vLLM. `positions` is its max_model_len; `dtype` as vLLM names it."""

    python: Path
    model: Path
    positions: int
    dtype: str
    tensor_parallel: int


def python_for_vllm(engine: str, given: Path | None) -> Path | None:
    """The Python to run vLLM in, or None for the built-in engine.

    `auto` takes vLLM when its Python is named, or when this Python has it and there is a GPU to run it on.
    """
    if engine == "builtin":
        return None
    if given is not None:
        return given
    if engine == "vllm" or (importlib.util.find_spec("vllm") is not None and torch.cuda.is_available()):
        return Path(sys.executable)
    return None


class VllmEngine:
    """Answers every world.size-th missing question; under torchrun each process runs vLLM on the GPU of its rank."""

    name: EngineName = "vllm"

    def __init__(
        self, settings: VllmSettings, stop_ids: Collection[int], sampling: Sampling, world: World, wave: int = WAVE
    ) -> None:
        self._settings, self._stop_ids, self._sampling, self._world = settings, stop_ids, sampling, world
        self._wave = wave

    def answer(
        self, questions: Sequence[Question], missing: Collection[str]
    ) -> Iterator[list[tuple[Question, Answer]]]:
        """Answers as vLLM finishes each wave.

        Raises BadInput when that Python has no vLLM, TrainerError when it ends with an error or leaves answers out.
        """
        share = [one for one in questions if one.row.id in missing][self._world.rank :: self._world.size]
        if not share:
            return
        with tempfile.TemporaryDirectory(prefix="lion-vllm-") as folder:
            requests, results = Path(folder, "requests.jsonl"), Path(folder, "results.jsonl")
            self._write_requests(requests, share)
            results.touch()
            process = self._start(requests, results)
            waiting = set(range(len(share)))
            try:
                for rows in _followed(results, process):
                    yield [(share[_taken(row, waiting)], self._answer_of(row)) for row in rows]
                self._check_end(process.wait(), len(share), len(waiting))
            finally:
                _end(process)

    def _write_requests(self, path: Path, share: Sequence[Question]) -> None:
        settings, sampling = self._settings, self._sampling
        head = {
            "llm": {
                "model": str(settings.model),
                "skip_tokenizer_init": True,  # prompts and answers are token ids
                "dtype": settings.dtype,
                "max_model_len": settings.positions,
                "tensor_parallel_size": settings.tensor_parallel,
                "generation_config": "vllm",  # the checkpoint's own sampling defaults play no part
                "seed": sampling.seed,
            },
            "stop_token_ids": sorted(self._stop_ids),
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "wave": self._wave,
        }
        lines: list[dict[str, Any]] = [head]
        for index, one in enumerate(share):
            seed = row_seed(sampling.seed, one.row.id) % 2**31
            lines.append({"index": index, "prompt": one.prompt, "max_tokens": one.room, "seed": seed})
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")

    def _start(self, requests: Path, results: Path) -> subprocess.Popen[bytes]:
        argv = [str(self._settings.python), vllm_worker.__file__, str(requests), str(results)]
        try:
            return subprocess.Popen(argv, stdin=subprocess.PIPE, env=_environment(self._world))
        except OSError as error:
            raise BadInput(f"--vllm_python {self._settings.python} cannot be started: {error.strerror}.") from error

    def _answer_of(self, row: dict[str, Any]) -> Answer:
        answer = Answer.of([int(token) for token in row["tokens"]], self._stop_ids)
        if answer.finish_reason != row["finish_reason"]:
            raise TrainerError(
                f'vLLM ended an answer with "{row["finish_reason"]}" and the tokens say "{answer.finish_reason}"; '
                "use --engine builtin or another version of vLLM."
            )
        return answer

    def _check_end(self, code: int, asked: int, missing: int) -> None:
        if code == vllm_worker.NO_VLLM_EXIT:
            raise BadInput(f"{self._settings.python} has no vLLM; install it there or use --engine builtin.")
        if code != 0:
            raise TrainerError(
                f"vLLM ended with exit code {code} when {missing} of {asked} answers were missing; its own words are "
                "in the log above, and what it answered is kept."
            )
        if missing:
            raise TrainerError(f"vLLM left out {missing} of {asked} answers; run again, or use --engine builtin.")


def _environment(world: World) -> dict[str, str]:
    """Ours, without what torchrun says to its processes: vLLM would take it for its own. One GPU for one rank."""
    torchrun = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "GROUP_RANK", "ROLE_RANK", "ROLE_WORLD_SIZE")
    hidden = {*torchrun, "MASTER_ADDR", "MASTER_PORT", "PYTHONPATH", "PYTHONHOME", "OMP_NUM_THREADS"}
    kept = {
        name: value for name, value in os.environ.items() if name not in hidden and not name.startswith("TORCHELASTIC_")
    }
    if world.size > 1 and world.device.type == "cuda":
        visible = os.environ.get("CUDA_VISIBLE_DEVICES")
        index = world.device.index or 0
        kept["CUDA_VISIBLE_DEVICES"] = visible.split(",")[index] if visible else str(index)
    return kept


def _followed(results: Path, process: subprocess.Popen[bytes]) -> Iterator[list[dict[str, Any]]]:
    """The rows in the file, in whole lines, as they are written; ends when the process has."""
    rest = b""
    with results.open("rb") as stream:
        while True:
            ended = process.poll() is not None  # asked before the reading, so that nothing written before is missed
            *lines, rest = (rest + stream.read()).split(b"\n")
            if lines:
                yield [json.loads(line) for line in lines]
            if ended:
                return
            time.sleep(SECONDS_BETWEEN_LOOKS)


def _taken(row: dict[str, Any], waiting: set[int]) -> int:
    """The row's index, which is waited for no longer."""
    index = int(row["index"])
    if index not in waiting:
        raise TrainerError(f"vLLM answered question {index} twice or unasked; use --engine builtin.")
    waiting.remove(index)
    return index


def _end(process: subprocess.Popen[bytes]) -> None:
    """See to it that the process is gone."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
