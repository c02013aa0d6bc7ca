"""`python -m lion_trainer.generate`: let a student answer a file of instructions, alone or under torchrun."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import torch

from lion_trainer.answers import AnswerFile
from lion_trainer.builtin_engine import BuiltInEngine, use_bf16
from lion_trainer.checkpoint import Checkpoint, read_checkpoint
from lion_trainer.decoding import Answer
from lion_trainer.distributed import World, settle_threads
from lion_trainer.errors import (
    BadInput,
    Stopped,
    StoppedAndSaved,
    TrainerError,
    run_command,
    saying_disk_full,
    stop_on_sigterm,
)
from lion_trainer.files import MetricsFile, StateFile
from lion_trainer.llama import Llama
from lion_trainer.questions import Engine, Question, make_questions
from lion_trainer.rows import PromptRow, read_prompt_rows
from lion_trainer.sampling import LION_TEMPERATURE, Sampling
from lion_trainer.template import choose_template
from lion_trainer.vllm_engine import VllmEngine, VllmSettings, python_for_vllm

SECONDS_BETWEEN_PROGRESS = 2.0


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m lion_trainer.generate", description=__doc__, allow_abbrev=False)
    add = parser.add_argument
    start = parser.add_mutually_exclusive_group(required=True)
    start.add_argument("--model", type=Path, help="folder of a LLaMA checkpoint")
    start.add_argument("--gguf_file", type=Path, help="a LLaMA in a GGUF file")
    start.add_argument("--hub_model", help="organisation/name of a model of the Hugging Face hub")
    add("--hub_revision", default="main", help="with --hub_model: branch, tag or commit")
    add("--in", dest="input", type=Path, required=True, help="JSON Lines {id, key, instruction, input, system}")
    add("--out", type=Path, required=True, help="JSON Lines of answers; those already there are kept")
    add("--engine", choices=("auto", "builtin", "vllm"), default="auto", help="auto: vllm if it is named or at hand")
    add("--vllm_python", type=Path, help="the Python that has vLLM, which runs in a process of its own")
    add("--tensor_parallel_size", type=int, default=1, help="with vLLM: GPUs that share one copy of the model")
    add("--max_new_tokens", type=int, default=512)
    add("--temperature", type=float, default=LION_TEMPERATURE, help="0: greedy; default: Lion's")
    add("--top_p", type=float, default=1.0)
    add("--seed", type=int, default=0)
    add("--batch_tokens", type=int, default=16384, help="most tokens (prompts and answers) in work at a time")
    add("--template", choices=("lion", "chat"), help="default: what the checkpoint was trained with")
    add("--model_name", help="how the answers name the model (default: the checkpoint's name)")
    add("--precision", choices=("fp32", "bf16"), default="fp32", help="bf16: on a GPU only")
    add("--metrics", type=Path, help="JSON Lines, one per batch")
    add("--state", type=Path, help="a small JSON file that always says how far the job is")
    options = parser.parse_args(arguments)
    _check(options)
    return options


def _check(options: argparse.Namespace) -> None:
    if options.max_new_tokens < 1 or options.batch_tokens < 1 or options.tensor_parallel_size < 1:
        raise BadInput("--max_new_tokens, --batch_tokens and --tensor_parallel_size must be at least 1.")
    if not options.temperature >= 0 or not 0 < options.top_p <= 1:
        raise BadInput("--temperature must not be negative, --top_p must be more than 0 and at most 1.")
    if options.engine == "builtin" and options.vllm_python is not None:
        raise BadInput("--vllm_python goes with --engine vllm or auto only.")
    if options.gguf_file is not None and python_for_vllm(options.engine, options.vllm_python) is not None:
        raise BadInput("vLLM reads no --gguf_file here; convert it first (lion_trainer.convert), or --engine builtin.")


def main() -> None:
    """Run the command. What is answered stays, however it ends."""
    options = parse_arguments()
    stop_on_sigterm()
    world = World.open()
    first = world.rank == 0
    state = StateFile(options.state if first else None)
    state.write("running", "reading the model")
    try:
        _run(options, world, state, MetricsFile(options.metrics if first else None))
    except Stopped as error:
        state.write("stopped", str(error))
        raise StoppedAndSaved("stopped; the answers so far are kept") from error
    except BaseException as error:
        said = isinstance(error, BadInput | TrainerError)
        state.write("failed", str(error) if said else f"{type(error).__name__}: {error}")
        raise
    state.write("done", "all answers are written")


def _run(options: argparse.Namespace, world: World, state: StateFile, metrics: MetricsFile) -> None:
    torch.set_flush_denormal(True)
    if options.hub_model is not None:
        from lion_trainer.hub import resolve_model

        options.model = resolve_model(options.hub_model, options.hub_revision)
        options.model_name = options.model_name or options.hub_model
    rows = read_prompt_rows(options.input)
    sampling = Sampling(options.temperature, options.top_p, options.seed, options.max_new_tokens)
    settings = {
        "model": options.model_name or (options.model or options.gguf_file).name,
        "sampling": sampling.as_json(),
    }
    file = AnswerFile(options.out, world.rank, world.size)
    done = file.read(settings).keys() & {row.id for row in rows}
    world.meet("read")  # nobody writes before all have read
    if len(done) < len(rows):
        progress = _Progress(world, state, metrics, len(rows), len(done))
        missing = {row.id for row in rows} - done
        _answer_all(options, world, rows, missing, sampling, settings, file, progress)
    world.meet("answered")
    if world.rank == 0:
        file.finish([row.id for row in rows], settings)
        state.write("running", "all answers are written", len(rows), len(rows))
        print(f"{options.out}: {len(rows)} answers, {len(rows) - len(done)} of them new")
    world.close()


def _answer_all(
    options: argparse.Namespace,
    world: World,
    rows: list[PromptRow],
    missing: set[str],
    sampling: Sampling,
    settings: dict[str, Any],
    file: AnswerFile,
    progress: _Progress,
) -> None:
    """Write this process's share of the missing answers."""
    python = python_for_vllm(options.engine, options.vllm_python)
    checkpoint = _read_model(options, with_weights=python is None)  # vLLM reads them itself
    template = choose_template(options.template, checkpoint.tokenizer, checkpoint.template_files)
    questions = make_questions(rows, template, sampling.max_new_tokens, checkpoint.geometry.positions)
    engine = _open_engine(options, python, world, checkpoint, sampling)
    file.prepare()
    progress.start()

    def keep(pairs: list[tuple[Question, Answer]]) -> None:
        with saying_disk_full(str(options.out)):
            file.append(_output_row(one, answer, checkpoint, settings, engine) for one, answer in pairs)
        progress.add(len(pairs), sum(answer.generated for _, answer in pairs))

    unanswerable = [one for one in questions if one.room == 0 and one.row.id in missing]
    if world.rank == 0 and unanswerable:
        keep([(one, Answer([], 0, "length")) for one in unanswerable])
    for pairs in engine.answer([one for one in questions if one.room > 0], missing):
        keep(pairs)


def _read_model(options: argparse.Namespace, *, with_weights: bool) -> Checkpoint:
    if options.gguf_file is not None:
        from lion_trainer.gguf import read_gguf

        return read_gguf(options.gguf_file)
    return read_checkpoint(options.model, with_weights=with_weights)


def _open_engine(
    options: argparse.Namespace, python: Path | None, world: World, checkpoint: Checkpoint, sampling: Sampling
) -> Engine:
    if python is not None:
        dtype = "bfloat16" if options.precision == "bf16" else "float32"
        positions = checkpoint.geometry.positions
        how = VllmSettings(python, options.model.resolve(), positions, dtype, options.tensor_parallel_size)
        return VllmEngine(how, checkpoint.stop_ids(), sampling, world)
    model = Llama(checkpoint.geometry, checkpoint.weights).requires_grad_(False).to(world.device)
    settle_threads(sum(parameter.numel() for parameter in model.parameters()))
    if options.precision == "bf16" and world.device.type == "cuda":
        use_bf16(model)
    elif options.precision == "bf16" and world.rank == 0:
        print("note: --precision bf16 needs a GPU; answering in fp32")
    return BuiltInEngine(model, checkpoint.stop_ids(), sampling, world, options.batch_tokens)


def _output_row(
    question: Question, answer: Answer, checkpoint: Checkpoint, settings: dict[str, Any], engine: Engine
) -> dict[str, Any]:
    return {
        "id": question.row.id,
        "key": question.row.key,
        "output": checkpoint.tokenizer.decode(answer.tokens),
        "finish_reason": answer.finish_reason,
        "input_tokens": len(question.prompt),
        "output_tokens": answer.generated,
        **settings,
        "engine": engine.name,
    }


class _Progress:
    """How many questions are answered by all processes together, for the metrics, the state file and the log.

    `before` questions were answered in an earlier run.
    """

    def __init__(self, world: World, state: StateFile, metrics: MetricsFile, total: int, before: int) -> None:
        self._world, self._state, self._metrics, self._total, self._before = world, state, metrics, total, before
        self._answered = self._tokens = 0
        self._last_said = self._start = 0.0

    def start(self) -> None:
        """Begin to count."""
        self._start = time.perf_counter()

    def add(self, answered: int, tokens: int) -> None:
        """Count a group of answers, and say where the work stands."""
        self._answered = self._counted("answered", answered, self._answered)
        self._tokens = self._counted("tokens", tokens, self._tokens)
        seconds = time.perf_counter() - self._start
        done, rate = self._before + self._answered, self._tokens / seconds
        eta = seconds / max(1, self._answered) * (self._total - done)
        self._metrics.write(
            {
                "done": done,
                "total": self._total,
                "tokens": self._tokens,
                "tokens_per_s": round(rate, 1),
                "eta_s": round(eta, 1),
                "time": round(time.time(), 3),
            }
        )
        if time.monotonic() - self._last_said >= SECONDS_BETWEEN_PROGRESS:
            self._last_said = time.monotonic()
            self._state.write("running", "answering", done, self._total)
            if self._world.rank == 0:
                print(f"{done}/{self._total} answered, {rate:,.0f} tokens/s, {eta:.0f} s left", flush=True)

    def _counted(self, name: str, amount: int, so_far: int) -> int:
        return self._world.count(name, amount) if self._world.size > 1 else so_far + amount


if __name__ == "__main__":
    run_command(main)
