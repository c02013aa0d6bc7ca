"""The built-in engine against the usual way: `model.generate` of transformers, one prompt at a time.

Both answer the same prompts greedily with the same tiny student on the same device; the tokens are compared one by one.
Where they differ, the two best logits must lie within 1e-4 of each other (then rounding decides), else this fails.

    python trainer/bench/bench_generating.py [--model DIR]

Without --model a student of 0.66 million parameters is trained first, for a minute, by the package's own command.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from report import clock, machine, median, table
from transformers import AutoModelForCausalLM

from lion_trainer.builtin_engine import BuiltInEngine
from lion_trainer.checkpoint import read_checkpoint
from lion_trainer.distributed import World
from lion_trainer.llama import Llama
from lion_trainer.questions import Question, make_questions
from lion_trainer.rows import PromptRow
from lion_trainer.sampling import Sampling
from lion_trainer.template import choose_template

STUDENT = {
    "hidden_size": 128,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 4,
    "intermediate_size": 336,
    "max_position_embeddings": 256,
    "tie_word_embeddings": True,
}
CLOSE = 1e-4  # two best logits nearer than this may change places by rounding
WORDS = ("amber", "kettle", "pine", "mosaic", "velvet", "harbor", "lantern", "copper", "meadow", "saddle")
TASKS = {
    "Reverse these letters:": lambda letters: letters[::-1],
    "Sort these letters:": lambda letters: sorted(letters),
    "Write each letter twice:": lambda letters: [one for one in letters for _ in range(2)],
}


def rows(count: int, seed: int) -> list[dict[str, str]]:
    """Tasks over spaced letters between carrier words."""
    source = random.Random(seed)
    made = []
    for number in range(count):
        letters = [source.choice("ABCDEFGHIJ") for _ in range(source.randint(2, 9))]
        task = source.choice(list(TASKS))
        words = [*source.sample(WORDS, 2), task, *letters, *source.sample(WORDS, 2)]
        made.append({"id": str(number), "instruction": " ".join(words), "output": " ".join(TASKS[task](letters))})
    return made


def train_student(folder: Path) -> Path:
    """A student that answers these tasks with answers of different lengths."""
    (folder / "config.json").write_text(json.dumps(STUDENT))
    (folder / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows(6000, 0)))
    flags = {
        "data_path": folder / "train.jsonl",
        "config_json": folder / "config.json",
        "output_dir": folder / "student",
        "tokenizer_vocab_size": 2048,
        "num_train_epochs": 6,
        "learning_rate": 2e-3,
        "adam_beta2": 0.98,
    }
    arguments = [str(part) for name, value in flags.items() for part in (f"--{name}", value)]
    subprocess.run([sys.executable, "-m", "lion_trainer.train", *arguments], check=True, stdout=subprocess.DEVNULL)
    return folder / "student"


@dataclass
class Difference:
    """Prompts whose tokens are not the same: where the two best logits are close, and where they are not."""

    close: int = 0
    other: int = 0


class Usual:
    """transformers, one prompt at a time."""

    def __init__(self, folder: Path, stop_ids: frozenset[int], device: torch.device) -> None:
        self.model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval().to(device)
        self._stop_ids, self._device = stop_ids, device

    @torch.inference_mode()
    def answer(self, question: Question) -> list[int]:
        """The tokens of the answer, a stop token included."""
        ids = torch.tensor([question.prompt], device=self._device)
        out = self.model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=question.room,
            do_sample=False,
            eos_token_id=sorted(self._stop_ids),
        )
        return list(out[0, ids.shape[1] :].tolist())

    @torch.inference_mode()
    def distance_of_best(self, question: Question, before: list[int]) -> float:
        """How far apart the two best logits are for the token that follows these."""
        ids = torch.tensor([question.prompt + before], device=self._device)
        best = self.model(ids).logits[0, -1].topk(2).values
        return float(best[0] - best[1])


Tokens = dict[str, list[int]]


def compare(ours: Tokens, theirs: Tokens, questions: list[Question], usual: Usual) -> Difference:
    """Count the answers that differ, by whether rounding explains it."""
    found = Difference()
    for question in questions:
        mine, other = ours[question.row.id], theirs[question.row.id]
        if mine == other:
            continue
        place = next(i for i, pair in enumerate(zip(mine, other, strict=False)) if pair[0] != pair[1])
        if usual.distance_of_best(question, other[:place]) < CLOSE:
            found.close += 1
        else:
            found.other += 1
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="folder of a checkpoint; default: a tiny student is trained")
    parser.add_argument("--prompts", type=int, default=3000, help="for the built-in engine: a probe of the loop")
    parser.add_argument("--usual_prompts", type=int, default=192, help="of these, answered one at a time too")
    parser.add_argument("--max_new_tokens", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="of both; default: torch's own")
    parser.add_argument("--cpu_seconds", action="store_true", help="count CPU time, on a busy machine")
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    with tempfile.TemporaryDirectory() as temporary:
        measure(options, options.model or train_student(Path(temporary)))


def measure(options: argparse.Namespace, folder: Path) -> None:
    """Time both by turns and print what came out."""
    checkpoint = read_checkpoint(folder)
    template = choose_template(None, checkpoint.tokenizer, checkpoint.template_files)
    prompts = [PromptRow(row["id"], None, row["instruction"], "", "") for row in rows(options.prompts, 1)]
    questions = make_questions(prompts, template, options.max_new_tokens, checkpoint.geometry.positions)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = Llama(checkpoint.geometry, checkpoint.weights).requires_grad_(False).to(device)
    stop_ids = checkpoint.stop_ids()
    greedy = Sampling(0.0, 1.0, 0, options.max_new_tokens)
    engine = BuiltInEngine(model, stop_ids, greedy, World(0, 1, device, None), batch_tokens=16384)
    usual = Usual(folder, stop_ids, device)
    few = questions[: options.usual_prompts]
    ids = {one.row.id for one in questions}
    usual.answer(few[0])
    now = clock(options.cpu_seconds)
    ours: Tokens = {}
    theirs: Tokens = {}
    times: dict[str, list[float]] = {"ours": [], "theirs": []}
    for _ in range(options.rounds):
        began = now()
        for pairs in engine.answer(questions, ids):
            for question, answer in pairs:
                stop = [] if answer.finish_reason == "length" else [checkpoint.tokenizer.eos_id]
                ours[question.row.id] = answer.tokens + stop
        times["ours"].append((now() - began) / len(questions))
        began = now()
        for question in few:
            theirs[question.row.id] = usual.answer(question)
        times["theirs"].append((now() - began) / len(few))
    tokens = sum(len(ours[one.row.id]) for one in questions) / len(questions)
    slow, fast = median(times["theirs"]), median(times["ours"])
    parameters = sum(parameter.numel() for parameter in model.parameters())
    kind = "CPU" if options.cpu_seconds else "wall"
    print(f"{parameters:,} parameters, {tokens:.1f} tokens an answer, {options.rounds} rounds by turns, {kind} seconds")
    print(f"{machine()}\n")
    lines = [
        ("transformers, one prompt at a time", f"{len(few):,}", f"{1 / slow:,.1f}", f"{tokens / slow:,.0f}", "1"),
        ("built-in engine", f"{len(questions):,}", f"{1 / fast:,.1f}", f"{tokens / fast:,.0f}", f"{slow / fast:.0f}"),
    ]
    print(table(["greedy", "prompts", "answers/s", "tokens/s", "times"], lines))
    found = compare(ours, theirs, few, usual)
    same = len(few) - found.close - found.other
    print(f"\nSame tokens: {same} of {len(few)}; different, the two best logits within {CLOSE:g}: {found.close}.")
    if found.other:
        sys.exit(f"{found.other} answers differ where the logits are further apart.")


if __name__ == "__main__":
    main()
