"""The flags of `train`: what each is called, which values it takes, and which of them contradict each other.

Other spellings (the published command of 2023, Hugging Face's of today) are `translate`'s business.
"""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from lion_trainer.errors import BadInput
from lion_trainer.translate import Given, split, translate

PROGRAM = "python -m lion_trainer.train"


def truth(text: str) -> bool:
    """True or False as Hugging Face spells it, or yes/no, on/off, 1/0."""
    lowered = text.strip().lower()
    if lowered in ("true", "yes", "on", "1"):
        return True
    if lowered in ("false", "no", "off", "0", "none", ""):
        return False
    raise argparse.ArgumentTypeError(f"{text!r} is neither True nor False")


def every(text: str) -> float | str:
    """A number of steps, a share of all steps (below 1), or `epoch`."""
    return text if text == "epoch" else float(text)


def names(text: str) -> tuple[str, ...]:
    """Words separated by spaces or commas."""
    return tuple(re.split(r"[,\s]+", text.strip()))


@dataclass(frozen=True)
class Flag:
    """One flag. `group` is its heading in the help; a `truth` may stand without a value."""

    group: str
    name: str
    kind: Callable[[str], Any]
    default: Any
    help: str
    choices: tuple[str, ...] | None = None


_DATA, _START, _RECIPE, _PACKING = "data and result", "the student at the start", "recipe", "packing"
_COMPUTE, _LIFE, _WATCH = "how it is computed", "stopping and going on", "watching"

FLAGS = (
    Flag(_DATA, "data_path", Path, None, "JSON Lines {id, instruction, input, system, output}, or a list; required"),
    Flag(_DATA, "output_dir", Path, None, "the finished checkpoint appears here, whole; required"),
    Flag(_DATA, "template", str, None, "default: what the checkpoint was trained with", ("lion", "chat")),
    Flag(_DATA, "model_max_length", int, None, "longest example in tokens (default 1024 or the model's)"),
    Flag(_DATA, "held_out_share", float, 0.0, "share of the rows that is measured and never trained on"),
    Flag(_START, "model_name_or_path", Path, None, "folder of a LLaMA checkpoint to continue from"),
    Flag(_START, "gguf_file", Path, None, "a LLaMA in a GGUF file to continue from"),
    Flag(_START, "hub_model", str, None, "organisation/name of a model of the Hugging Face hub to continue from"),
    Flag(_START, "hub_revision", str, "main", "with --hub_model: branch, tag or commit"),
    Flag(_START, "config_json", Path, None, "a LLaMA configuration: start from random weights"),
    Flag(_START, "tokenizer_name_or_path", Path, None, "with --config_json: folder of the tokenizer to use"),
    Flag(_START, "tokenizer_vocab_size", int, None, "with --config_json: make a tokenizer of at most this many tokens"),
    Flag(_RECIPE, "num_train_epochs", float, 3.0, "times that each example is seen; may be a fraction"),
    Flag(_RECIPE, "max_steps", int, None, "this many optimizer steps instead of --num_train_epochs"),
    Flag(_RECIPE, "batch_size", int, 128, "examples (or packs) per optimizer step, over all processes"),
    Flag(_RECIPE, "learning_rate", float, 2e-5, "the highest rate, after the warm-up"),
    Flag(_RECIPE, "warmup_ratio", float, None, "share of the steps in which the rate rises (default 0.03)"),
    Flag(_RECIPE, "warmup_steps", float, None, "the same as a number of steps; below 1 it is a share"),
    Flag(_RECIPE, "lr_scheduler_type", str, "cosine", "how the rate falls", ("cosine", "linear", "constant")),
    Flag(_RECIPE, "weight_decay", float, 0.0, "of matrices; norms and biases have none"),
    Flag(_RECIPE, "adam_beta1", float, 0.9, "of AdamW's mean"),
    Flag(_RECIPE, "adam_beta2", float, 0.999, "of AdamW's mean square"),
    Flag(_RECIPE, "max_grad_norm", float, 1.0, "0: do not clip"),
    Flag(_RECIPE, "seed", int, 0, "of the order, of random weights and of what is held out"),
    Flag(_RECIPE, "lora_rank", int, 0, "above 0: train adapters of this rank instead of all weights"),
    Flag(_RECIPE, "lora_alpha", float, None, "with --lora_rank: adapters count alpha / rank (default 2 · rank)"),
    Flag(_RECIPE, "lora_dropout", float, 0.0, "with --lora_rank: share of an adapter's inputs left out"),
    Flag(_RECIPE, "lora_targets", names, None, "with --lora_rank: matrices that get one (default: all)"),
    Flag(
        _PACKING, "packing", str, "step",
        "step: none, a step's examples are shared out in micro-batches; bfd, next-fit: packs decide what a step is; "
        "none: one example at a time",
        ("step", "bfd", "next-fit", "none"),
    ),
    Flag(_PACKING, "pack_length", int, None, "with bfd and next-fit: tokens of a pack (default --model_max_length)"),
    Flag(_PACKING, "batch_unit", str, "samples", "what --batch_size counts", ("samples", "packs")),
    Flag(_COMPUTE, "precision", str, "fp32", "bf16: mixed precision, on a GPU only", ("fp32", "bf16")),
    Flag(_COMPUTE, "tf32", truth, False, "on a GPU: float32 products in TF32"),
    Flag(_COMPUTE, "micro_batch_tokens", int, None, "most tokens that one process works on at a time"),
    Flag(
        _COMPUTE, "fsdp", str, "auto",
        "share weights and optimizer out over the processes (FSDP2); auto: where there are several GPUs",
        ("auto", "off", "full_shard", "shard_grad_op"),
    ),
    Flag(_COMPUTE, "cpu_offload", truth, False, "with --fsdp: weights and optimizer lie in the CPU's memory"),
    Flag(
        _COMPUTE, "activation_checkpointing", str, "off", "compute activations again to save memory",
        ("off", "selective", "full"),
    ),
    Flag(_COMPUTE, "compile", truth, False, "torch.compile for each layer; worth its minutes in long runs only"),
    Flag(_COMPUTE, "liger", truth, False, "Liger's kernels, where liger-kernel is installed"),
    Flag(_COMPUTE, "attention", str, "auto", "which attention to use", ("auto", "varlen", "flex", "sdpa")),
    Flag(_COMPUTE, "use_cpu", truth, False, "leave GPUs alone"),
    Flag(_LIFE, "snapshot_dir", Path, None, "where the run's states are saved (default: beside --output_dir)"),
    Flag(_LIFE, "save_steps", every, 0.0, "steps between them, a share of all steps, or epoch; 0: only when stopped"),
    Flag(_LIFE, "save_total_limit", int, 1, "how many of them are kept; all go once the result is verified"),
    Flag(_LIFE, "resume_anyway", truth, False, "go on from a state of other data or settings"),
    Flag(_WATCH, "metrics", Path, None, "JSON Lines, one per step"),
    Flag(_WATCH, "state", Path, None, "a small JSON file that always says how far the job is"),
    Flag(_WATCH, "eval_steps", every, None, "steps between two held-out losses (default a tenth of all); 0: ends only"),
    Flag(_WATCH, "report_to", names, ("none",), "tensorboard, wandb or none"),
    Flag(_WATCH, "logging_dir", Path, None, "folder of TensorBoard's files (default: beside --output_dir)"),
    Flag(_WATCH, "run_name", str, None, "how trackers call the run (default: the name of --output_dir)"),
    Flag(_WATCH, "peak_tflops", float, None, "one device's TFLOP/s for the MFU, where it is not known by name"),
    Flag(_WATCH, "dry_run", truth, False, "say what would be done, train nothing"),
    Flag(_WATCH, "json", truth, False, "with --dry_run: as one JSON object"),
)  # fmt: skip

STARTS = ("model_name_or_path", "gguf_file", "hub_model", "config_json")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise BadInput(re.sub(r"^argument (--\w+): ", r"\1: ", message).rstrip(".") + ".")


def parse_arguments(arguments: list[str], processes: int = 1) -> tuple[argparse.Namespace, list[str]]:
    """The options, and a line for each flag that was translated or ignored.

    `processes` is the number of them: the published command counts its batches per process. Raises BadInput.
    """
    if any(argument in ("-h", "--help") for argument in arguments):
        _parser().print_help()
        raise SystemExit(0)
    given, notes = translate(split(arguments), [flag.name for flag in FLAGS], processes)
    options = _parser().parse_args([_written(one) for one in given])
    _check(options, {one.name for one in given})
    return options, notes


def state_path(arguments: list[str]) -> Path | None:
    """Where the state goes, also of a command line that is otherwise unusable."""
    try:
        values = [given.value for given in split(arguments) if given.name == "state"]
    except BadInput:
        return None
    return Path(values[-1]) if values and values[-1] else None


def _written(given: Given) -> str:
    return f"--{given.name}" if given.value is None else f"--{given.name}={given.value}"


def _parser() -> _Parser:
    parser = _Parser(prog=PROGRAM, description="Train a student, alone or under torchrun.", allow_abbrev=False)
    groups: dict[str, Any] = {}
    for flag in FLAGS:
        if flag.group not in groups:
            groups[flag.group] = parser.add_argument_group(flag.group)
        alone: dict[str, Any] = {"nargs": "?", "const": True} if flag.kind is truth else {}
        groups[flag.group].add_argument(
            f"--{flag.name}",
            type=flag.kind,
            default=flag.default,
            choices=flag.choices,
            help=flag.help.replace("%", "%%"),
            **alone,
        )
    return parser


def _check(options: argparse.Namespace, given: set[str]) -> None:
    for name in ("data_path", "output_dir"):
        if getattr(options, name) is None:
            raise BadInput(f"--{name} is missing.")
    starts = [name for name in STARTS if getattr(options, name) is not None]
    if len(starts) != 1:
        found = " and ".join(f"--{name}" for name in starts) or "none of them"
        raise BadInput(f"Give one of {', '.join(f'--{name}' for name in STARTS)}; the command line has {found}.")
    _check_ranges(options)
    if {"warmup_ratio", "warmup_steps"} <= given:
        raise BadInput("--warmup_ratio and --warmup_steps both say how long the rate rises; give one of them.")
    for name, needed in (
        ("tokenizer_name_or_path", "config_json"), ("tokenizer_vocab_size", "config_json"),
        ("hub_revision", "hub_model"), ("lora_alpha", "lora_rank"), ("lora_dropout", "lora_rank"),
        ("lora_targets", "lora_rank"), ("json", "dry_run"),
    ):  # fmt: skip
        if name in given and not getattr(options, needed):
            raise BadInput(f"--{name} goes with --{needed} only.")
    if options.tokenizer_name_or_path is not None and options.tokenizer_vocab_size is not None:
        raise BadInput("--tokenizer_name_or_path gives a tokenizer and --tokenizer_vocab_size makes one; choose.")
    packs = options.packing in ("bfd", "next-fit")
    if not packs and (options.batch_unit == "packs" or options.pack_length is not None):
        raise BadInput("--batch_unit packs and --pack_length go with --packing bfd or next-fit only.")
    if options.cpu_offload and options.fsdp == "off":
        raise BadInput("--cpu_offload is a part of FSDP; leave --fsdp off away.")
    unknown = set(options.report_to) - {"tensorboard", "wandb", "none"}
    if unknown:
        raise BadInput(f"--report_to knows tensorboard, wandb and none, not {', '.join(sorted(unknown))}.")


def _check_ranges(options: argparse.Namespace) -> None:
    def value(name: str) -> float | None:
        found = getattr(options, name)
        if isinstance(found, float) and not math.isfinite(found):
            raise BadInput(f"--{name} must be a finite number.")
        return found if isinstance(found, int | float) else None

    for name in ("num_train_epochs", "learning_rate", "batch_size", "lora_alpha", "peak_tflops"):
        if (number := value(name)) is not None and not number > 0:
            raise BadInput(f"--{name} must be more than 0.")
    for name in (
        *("weight_decay", "max_grad_norm", "warmup_ratio", "warmup_steps", "seed", "lora_rank", "save_steps"),
        *("eval_steps", "held_out_share", "lora_dropout"),
    ):
        if (number := value(name)) is not None and not number >= 0:
            raise BadInput(f"--{name} must not be negative.")
    for name in (
        *("micro_batch_tokens", "model_max_length", "tokenizer_vocab_size", "max_steps", "pack_length"),
        "save_total_limit",
    ):
        if (number := value(name)) is not None and number < 1:
            raise BadInput(f"--{name} must be at least 1.")
    for name in ("warmup_ratio", "adam_beta1", "adam_beta2", "held_out_share", "lora_dropout"):
        if (number := value(name)) is not None and not 0 <= number < 1:
            raise BadInput(f"--{name} must be at least 0 and below 1.")
