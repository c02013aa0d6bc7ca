"""`python -m lion_trainer.generate`: let a student answer a file of instructions, alone or under torchrun."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from lion_trainer.answers import AnswerFile
from lion_trainer.checkpoint import Checkpoint, read_checkpoint
from lion_trainer.decoding import Answer, answer_batch
from lion_trainer.distributed import World, settle_threads
from lion_trainer.errors import BadInput, Stopped, TrainerError, run_command, stop_on_sigterm
from lion_trainer.files import MetricsFile, StateFile
from lion_trainer.llama import Llama
from lion_trainer.rows import PromptRow, read_prompt_rows
from lion_trainer.sampling import Sampling, chooser
from lion_trainer.template import choose_template

SECONDS_BETWEEN_PROGRESS = 2.0


@dataclass(frozen=True)
class Question:
    """A row with its prompt's tokens and how many tokens its answer may have (0: the prompt fills the context)."""

    row: PromptRow
    prompt: list[int]
    room: int


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m lion_trainer.generate", description=__doc__, allow_abbrev=False)
    add = parser.add_argument
    start = parser.add_mutually_exclusive_group(required=True)
    start.add_argument("--model", type=Path, help="folder of a LLaMA checkpoint")
    start.add_argument("--gguf_file", type=Path, help="a LLaMA in a GGUF file")
    add("--in", dest="input", type=Path, required=True, help="JSON Lines {id, key, instruction, input, system}")
    add("--out", type=Path, required=True, help="JSON Lines of answers; those already there are kept")
    add("--max_new_tokens", type=int, default=512)
    add("--temperature", type=float, default=0.0, help="0: greedy")
    add("--top_p", type=float, default=1.0)
    add("--seed", type=int, default=0)
    add("--batch_tokens", type=int, default=16384, help="most tokens (prompts and answers) in work at a time")
    add("--template", choices=("lion", "chat"), help="default: what the checkpoint was trained with")
    add("--model_name", help="how the answers name the model (default: the checkpoint's name)")
    add("--precision", choices=("fp32", "bf16"), default="fp32", help="bf16: on a GPU only")
    add("--metrics", type=Path, help="JSON Lines, one per batch")
    add("--state", type=Path, help="a small JSON file that always says how far the job is")
    options = parser.parse_args(arguments)
    if options.max_new_tokens < 1 or options.batch_tokens < 1:
        raise BadInput("--max_new_tokens and --batch_tokens must be at least 1.")
    if not options.temperature >= 0 or not 0 < options.top_p <= 1:
        raise BadInput("--temperature must not be negative, --top_p must be more than 0 and at most 1.")
    return options


def form_batches(questions: Sequence[Question], batch_tokens: int) -> list[list[Question]]:
    """Batches of questions of similar length, at most `batch_tokens` with their answers' room.

    They depend on the questions alone, never on which are answered already: so a run that goes on after a kill computes
    each answer in the same company as before, to the same bits.
    """
    batches: list[list[Question]] = []
    width = 0
    for question in sorted((one for one in questions if one.room > 0), key=lambda one: len(one.prompt)):
        width = max(width, len(question.prompt) + question.room)
        if not batches or (len(batches[-1]) + 1) * width > batch_tokens:
            batches.append([])
            width = len(question.prompt) + question.room
        batches[-1].append(question)
    return batches


def main() -> None:
    """Run the command."""
    options = parse_arguments()
    stop_on_sigterm()
    world = World.open()
    first = world.rank == 0
    state = StateFile(options.state if first else None)
    state.write("running", "reading the model")
    try:
        _run(options, world, state, MetricsFile(options.metrics if first else None))
    except BaseException as error:
        said = isinstance(error, BadInput | TrainerError | Stopped)
        state.write("failed", str(error) if said else f"{type(error).__name__}: {error}")
        raise
    state.write("done", "all answers are written")


def _run(options: argparse.Namespace, world: World, state: StateFile, metrics: MetricsFile) -> None:
    torch.set_flush_denormal(True)
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
        _answer_all(options, world, rows, done, sampling, settings, file, _Progress(world, state, metrics, len(rows)))
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
    done: set[str],
    sampling: Sampling,
    settings: dict[str, Any],
    file: AnswerFile,
    progress: _Progress,
) -> None:
    """Answer this process's share of the batches: every world.size-th."""
    checkpoint = _read_model(options)
    template = choose_template(options.template, checkpoint.tokenizer, checkpoint.template_files)
    model = Llama(checkpoint.geometry, checkpoint.weights).requires_grad_(False).to(world.device)
    settle_threads(sum(parameter.numel() for parameter in model.parameters()))
    if options.precision == "bf16":
        _use_bf16(model, world)
    longest = checkpoint.geometry.positions
    questions = [
        Question(row, prompt, max(0, min(sampling.max_new_tokens, longest - len(prompt))))
        for row, prompt in zip(rows, template.encode(rows), strict=True)
    ]
    file.prepare()
    progress.start(len(done))
    unanswerable = [one for one in questions if one.room == 0 and one.row.id not in done]
    if world.rank == 0 and unanswerable:
        nothing = Answer([], 0, "length")
        file.append(_output_row(one, nothing, checkpoint, settings) for one in unanswerable)
        progress.add(len(unanswerable), 0)
    stop_ids = checkpoint.stop_ids()
    for number, batch in enumerate(form_batches(questions, options.batch_tokens)):
        missing = {one.row.id for one in batch} - done
        if number % world.size != world.rank or not missing:
            continue
        choose = chooser(sampling, [one.row.id for one in batch], world.device)
        answers = answer_batch(model, [one.prompt for one in batch], [one.room for one in batch], stop_ids, choose)
        new = [pair for pair in zip(batch, answers, strict=True) if pair[0].row.id in missing]
        file.append(_output_row(one, answer, checkpoint, settings) for one, answer in new)
        progress.add(len(new), sum(answer.generated for _, answer in new))


def _read_model(options: argparse.Namespace) -> Checkpoint:
    if options.gguf_file is not None:
        from lion_trainer.gguf import read_gguf

        return read_gguf(options.gguf_file)
    return read_checkpoint(options.model)


def _use_bf16(model: Llama, world: World) -> None:
    if world.device.type == "cuda":
        for parameter in model.parameters():
            parameter.data = parameter.data.to(torch.bfloat16)
    elif world.rank == 0:
        print("note: --precision bf16 needs a GPU; answering in fp32")


def _output_row(question: Question, answer: Answer, checkpoint: Checkpoint, settings: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": question.row.id,
        "key": question.row.key,
        "output": checkpoint.tokenizer.decode(answer.tokens),
        "finish_reason": answer.finish_reason,
        "input_tokens": len(question.prompt),
        "output_tokens": answer.generated,
        **settings,
    }


class _Progress:
    """How many questions are answered by all processes together, for the metrics, the state file and the log."""

    def __init__(self, world: World, state: StateFile, metrics: MetricsFile, total: int) -> None:
        self._world, self._state, self._metrics, self._total = world, state, metrics, total
        self._before = self._answered = self._tokens = 0
        self._last_said = self._start = 0.0

    def start(self, before: int) -> None:
        """Begin to count; `before` questions were answered in an earlier run."""
        self._before = before
        self._start = time.perf_counter()

    def add(self, answered: int, tokens: int) -> None:
        """Count a batch, and say where the work stands."""
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
