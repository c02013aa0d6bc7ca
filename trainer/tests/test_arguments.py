"""Command lines from people's notes mean what they meant, or are refused with a sentence."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from lion_trainer.arguments import FLAGS, parse_arguments
from lion_trainer.errors import BadInput
from lion_trainer.foreign_flags import RULES

# The README of 2023, from behind `torchrun --nproc_per_node=8 --master_port=<port> src/train.py`.
PUBLISHED = """
    --model_name_or_path <path_to_hf_converted_llama_ckpt_and_tokenizer> --data_path <path_to_chatgpt_inference>
    --bf16 True --output_dir result --model_max_length 1024 --num_train_epochs 3 --per_device_train_batch_size 2
    --per_device_eval_batch_size 2 --gradient_accumulation_steps 8 --evaluation_strategy "no" --save_strategy "steps"
    --save_steps 600 --save_total_limit 1 --learning_rate 2e-5 --weight_decay 0. --warmup_ratio 0.03
    --lr_scheduler_type "cosine" --logging_steps 1 --fsdp "full_shard auto_wrap"
    --fsdp_transformer_layer_cls_to_wrap 'LlamaDecoderLayer' --tf32 True
"""
NEEDED = ("--data_path", "d.jsonl", "--output_dir", "o", "--model_name_or_path", "m")


def parsed(*arguments: str, processes: int = 1) -> tuple[dict[str, Any], list[str]]:
    options, notes = parse_arguments([*NEEDED, *arguments], processes)
    return vars(options), notes


def test_the_published_line_says_what_becomes_of_each_flag_that_is_not_ours() -> None:
    options, notes = parse_arguments(shlex.split(PUBLISHED), processes=8)
    assert options.batch_size == 128
    assert (options.precision, options.fsdp, options.tf32) == ("bf16", "full_shard", True)
    assert (options.save_steps, options.save_total_limit, options.eval_steps) == (600, 1, 0)
    assert (options.learning_rate, options.warmup_ratio, options.lr_scheduler_type) == (2e-5, 0.03, "cosine")
    assert (options.num_train_epochs, options.model_max_length, options.weight_decay) == (3, 1024, 0)
    told = {note.split()[1] for note in notes}
    own = {f"--{flag.name}" for flag in FLAGS} - {"--fsdp"}
    given = {word for word in shlex.split(PUBLISHED) if word.startswith("--")}
    assert told == given - own - {"--gradient_accumulation_steps"}
    assert (
        "note: --per_device_train_batch_size 2 × --gradient_accumulation_steps 8 × 8 processes → --batch_size 128"
        in notes
    )
    assert 'note: --fsdp "full_shard auto_wrap" → --fsdp full_shard (FSDP2, each layer by itself)' in notes


def test_todays_spellings_kebab_case_and_switches_without_a_value() -> None:
    options, notes = parsed(
        *("--eval-strategy=steps", "--eval-steps", "50", "--warmup-steps", "0.1", "--gradient_checkpointing"),
        *("--use_liger_kernel", "--torch_compile", "False", "--optim", "adamw_torch_fused", "--max_steps", "-1"),
        *("--report_to", "tensorboard", "wandb", "--attn_implementation", "flex_attention", "--save_strategy", "no"),
        *("--lora_r", "8", "--lora-target-modules", "q_proj", "v_proj"),
    )
    assert (options["eval_steps"], options["warmup_steps"], options["save_steps"]) == (50, 0.1, 0)
    assert options["activation_checkpointing"] == "full"
    assert options["liger"] and not options["compile"]
    assert options["max_steps"] is None
    assert options["report_to"] == ("tensorboard", "wandb")
    assert options["attention"] == "flex"
    assert (options["lora_rank"], options["lora_targets"]) == (8, ("q_proj", "v_proj"))
    assert "note: --gradient_checkpointing → --activation_checkpointing full" in notes


def test_own_flags_are_silent() -> None:
    options, notes = parsed("--batch_size", "64", "--precision", "bf16", "--fsdp", "auto", "--save_steps", "epoch")
    assert notes == [] and options["batch_size"] == 64 and options["save_steps"] == "epoch"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("full_shard auto_wrap", ("full_shard", False)),
        ("shard_grad_op offload", ("shard_grad_op", True)),
        ("hybrid_shard", ("full_shard", False)),
        ("True", ("full_shard", False)),
        ("", ("off", False)),
        ("no_shard", ("off", False)),
    ],
)
def test_what_fsdp_was_asked_for(value: str, expected: tuple[str, bool]) -> None:
    options, _ = parsed("--fsdp", value)
    assert (options["fsdp"], options["cpu_offload"]) == expected


def test_fsdp_config_as_json_and_as_a_file(tmp_path: Path) -> None:
    config = {
        "fsdp_version": 2,
        "reshard_after_forward": False,
        "fsdp_cpu_offload": True,
        "transformer_layer_cls_to_wrap": ["LlamaDecoderLayer"],
        "activation_checkpointing": "true",
    }
    path = tmp_path / "fsdp.json"
    path.write_text(json.dumps(config))
    for value in (json.dumps(config), str(path)):
        options, _ = parsed("--fsdp", "true", "--fsdp_config", value)
        assert (options["fsdp"], options["cpu_offload"]) == ("shard_grad_op", True)
        assert options["activation_checkpointing"] == "full"
    with pytest.raises(BadInput, match='the key "reshard" is not known'):
        parsed("--fsdp_config", '{"reshard": true}')
    with pytest.raises(BadInput, match="neither JSON nor a file"):
        parsed("--fsdp_config", "nowhere.json")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--learning_rat", "1"], r"^--learning_rat is no flag of this command; the nearest is --learning_rate\.$"),
        (["--per_device_batch_size", "2"], "the nearest is --per_device_(train|eval)_batch_size"),
        (["--fp16", "True"], "use --bf16 True"),
        (["--deepspeed", "ds.json"], "--fsdp full_shard"),
        (["--optim", "lion"], "the optimizer is AdamW"),
        (["--label_smoothing_factor", "0.1"], "plain cross-entropy"),
        (["--batch_size", "8", "--gradient_accumulation_steps", "2"], "both say how large a step is"),
        (["--gradient_accumulation_steps", "0"], "whole number of at least 1"),
        (["--warmup_ratio", "0.1", "--warmup_steps", "10"], "both say how long the rate rises"),
        (["--learning_rate", "fast"], "^--learning_rate: invalid float value: 'fast'"),
        (["--learning_rate", "-1"], "must be more than 0"),
        (["--learning_rate", "nan"], "must be a finite number"),
        (["--tf32", "perhaps"], "neither True nor False"),
        (["--packing", "tight"], "invalid choice: 'tight'"),
        (["--batch_unit", "packs"], "with --packing bfd or next-fit only"),
        (["--config_json", "c.json"], "has --model_name_or_path and --config_json"),
        (["--tokenizer_vocab_size", "300"], "goes with --config_json only"),
        (["--held_out_share", "1"], "below 1"),
        (["--lora_alpha", "8"], "goes with --lora_rank only"),
        (["--report_to", "mlflow"], "not mlflow"),
        (["--save_total_limit", "0"], "at least 1"),
        (["--fsdp", "off", "--cpu_offload"], "part of FSDP"),
    ],
)
def test_what_cannot_be_meant_is_one_sentence(arguments: list[str], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence) as caught:
        parsed(*arguments)
    assert "\n" not in str(caught.value)


def test_a_word_that_belongs_to_no_flag_and_missing_flags() -> None:
    with pytest.raises(BadInput, match='"train" is neither a flag nor the value of one'):
        parse_arguments(["train", *NEEDED])
    with pytest.raises(BadInput, match="--data_path is missing"):
        parse_arguments(["--output_dir", "o"])
    with pytest.raises(BadInput, match="the command line has none of them"):
        parse_arguments(list(NEEDED[:4]))


def test_every_flag_of_todays_training_arguments_is_known() -> None:
    """A flag that transformers has and we have never heard of would be refused as a typing error."""
    from dataclasses import fields

    from transformers import TrainingArguments

    known = {flag.name for flag in FLAGS} | set(RULES) | {"per_device_train_batch_size", "gradient_accumulation_steps"}
    assert {field.name for field in fields(TrainingArguments) if field.init} - known == set()


def test_switches_that_are_off_refuse_nothing() -> None:
    refused = ("fp16", "push_to_hub", "load_best_model_at_end", "do_predict", "auto_find_batch_size")
    _, notes = parsed(*(word for name in refused for word in (f"--{name}", "False")))
    assert len(notes) == len(refused)
