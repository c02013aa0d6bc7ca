"""Flags of Hugging Face's trainers, past and present, and what becomes of each."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lion_trainer.errors import BadInput

FALSE = ("false", "no", "none", "off", "0", "0.0", "")

# Together they give the size of a step, and only together.
BATCH_FLAGS = frozenset(("per_device_train_batch_size", "gradient_accumulation_steps"))


@dataclass(frozen=True)
class Outcome:
    """The flags of ours that a foreign one becomes, and what the note says behind the flag (empty: no note)."""

    settings: dict[str, str | None] = field(default_factory=dict)
    note: str = ""


Rule = Callable[[str | None], Outcome]


def _becomes(note: str, **settings: str) -> Outcome:
    words = " ".join(f"--{name} {value}" for name, value in settings.items())
    return Outcome(dict(settings), f"→ {words}{note}")


def _is_false(value: str | None) -> bool:
    return value is not None and value.strip().lower() in FALSE


def _renamed(name: str) -> Rule:
    def rule(value: str | None) -> Outcome:
        return Outcome({name: value}, f"→ --{name}{'' if value is None else f' {value}'}")

    return rule


def _ignored(reason: str) -> Rule:
    return lambda _: Outcome({}, f"ignored: {reason}")


def _refused(sentence: str, harmless: tuple[str, ...] = FALSE) -> Rule:
    """For what would change the training: its being off is fine, and anything else an error."""

    def rule(value: str | None) -> Outcome:
        if value is not None and value.strip().lower() in harmless:
            return Outcome({}, "ignored: it is off here anyway")
        raise BadInput(sentence)

    return rule


def _switch(true: dict[str, str], note: str = "") -> Rule:
    """A boolean of theirs that is a setting of ours where it is true, and our default where it is not."""

    def rule(value: str | None) -> Outcome:
        return Outcome({}, "ignored: it is off here anyway") if _is_false(value) else _becomes(note, **true)

    return rule


def _one_of(name: str, choices: dict[str, str]) -> Rule:
    """A choice of theirs that becomes a choice of ours; other values are left to our own flag's check."""

    def rule(value: str | None) -> Outcome:
        own = choices.get(value or "", value)
        return Outcome({name: own}, f"→ --{name} {own}" if own != value else "")

    return rule


def _eval_strategy(value: str | None) -> Outcome:
    if value in ("no", "False"):
        return _becomes(" (held-out rows, if there are any, are measured at both ends)", eval_steps="0")
    if value == "epoch":
        return _becomes("", eval_steps="epoch")
    if value == "steps":
        return Outcome({}, "accepted: --eval_steps says how often")
    raise BadInput(f"--eval_strategy is no, steps or epoch, not {value}.")


def _save_strategy(value: str | None) -> Outcome:
    if value == "no":
        return _becomes(" (only when it is stopped)", save_steps="0")
    if value == "epoch":
        return _becomes("", save_steps="epoch")
    if value == "steps":
        return Outcome({}, "accepted: --save_steps says how often")
    raise BadInput(f"--save_strategy is no, steps or epoch, not {value}.")


def _fsdp(value: str | None) -> Outcome:
    if value in ("auto", "off", "full_shard", "shard_grad_op"):
        return Outcome({"fsdp": value})
    if _is_false(value):
        return _becomes("", fsdp="off")
    settings: dict[str, str] = {"fsdp": "off"}
    for word in ("full_shard" if value is None else value).split():
        if word.lower() in ("true", "full", "full_shard", "hybrid_shard"):
            settings["fsdp"] = "full_shard"
        elif word in ("shard_grad_op", "hybrid_shard_zero2"):
            settings["fsdp"] = "shard_grad_op"
        elif word == "offload":
            settings["cpu_offload"] = "True"
        elif word not in ("auto_wrap", "no_shard"):
            raise BadInput(
                f"--fsdp: {word!r} is not known; full_shard, shard_grad_op, hybrid_shard, no_shard, offload and "
                "auto_wrap are."
            )
    hybrid = value is not None and "hybrid" in value
    return _becomes(" (FSDP2, over all processes)" if hybrid else " (FSDP2, each layer by itself)", **settings)


def _fsdp_config(value: str | None) -> Outcome:
    """A JSON object, or a file that holds one; Hugging Face's keys, with or without `fsdp_` before them."""
    settings: dict[str, str] = {}
    for written, setting in _object(value).items():
        key = written.removeprefix("fsdp_")
        truth = str(setting).lower()
        if key == "reshard_after_forward":
            keeps = truth in ("false", "shard_grad_op", "no_shard")
            settings["fsdp"] = "shard_grad_op" if keeps else "full_shard"
        elif key in ("cpu_offload", "offload_params"):
            settings["cpu_offload"] = str(truth == "true")
        elif key == "activation_checkpointing":
            settings["activation_checkpointing"] = "full" if truth == "true" else "off"
        elif key not in _FSDP_IRRELEVANT:
            raise BadInput(f'--fsdp_config: the key "{written}" is not known.')
    if not settings:
        return Outcome({}, "ignored: FSDP2 shards each decoder layer by itself")
    return _becomes(" (the rest does not matter to FSDP2)", **settings)


_FSDP_IRRELEVANT = {
    *("version", "transformer_layer_cls_to_wrap", "auto_wrap_policy", "min_num_params", "backward_prefetch"),
    *("forward_prefetch", "limit_all_gathers", "use_orig_params", "sync_module_states", "cpu_ram_efficient_loading"),
    *("state_dict_type", "xla", "xla_fsdp_v2", "xla_fsdp_settings", "xla_fsdp_grad_ckpt"),
}


def _object(value: str | None) -> dict[str, Any]:
    text = value or ""
    try:
        if not text.lstrip().startswith("{"):
            text = Path(text).read_text(encoding="utf-8")
        content = json.loads(text)
    except (OSError, ValueError) as error:
        raise BadInput(f"--fsdp_config is neither JSON nor a file that holds some: {error}.") from error
    if not isinstance(content, dict):
        raise BadInput("--fsdp_config must be a JSON object.")
    return content


def _optim(value: str | None) -> Outcome:
    if value and value.startswith("adamw") and value in _ADAMW:
        return Outcome({}, "ignored: the optimizer is AdamW with its states in float32")
    raise BadInput(f"--optim {value} is not here: the optimizer is AdamW; leave the flag away.")


_ADAMW = ("adamw", "adamw_hf", "adamw_torch", "adamw_torch_fused")


def _adam_epsilon(value: str | None) -> Outcome:
    try:
        if float(value or "") == 1e-8:
            return Outcome({}, "ignored: that is what it is")
    except ValueError:
        pass
    raise BadInput(f"--adam_epsilon is 1e-8 here and cannot be {value}.")


def _max_steps(value: str | None) -> Outcome:
    if value in ("-1", "0"):
        return Outcome({}, "ignored: --num_train_epochs says how long")
    return Outcome({"max_steps": value})


def _report_to(value: str | None) -> Outcome:
    """`all` is not what it says (it is whatever happens to be installed), so it is none."""
    if value == "all":
        return _becomes(": name the tracker you want", report_to="none")
    return Outcome({"report_to": value})


def _resume(value: str | None) -> Outcome:
    if value is None or value.lower() in ("true", "none", ""):
        return Outcome({}, "ignored: a run that was interrupted always goes on from its last state")
    if _is_false(value):
        raise BadInput("--resume_from_checkpoint False: remove the folder of --snapshot_dir to begin again.")
    return _becomes("", snapshot_dir=value)


_IGNORED: dict[str, tuple[str, ...]] = {
    "held-out rows are measured in micro-batches of --micro_batch_tokens": (
        "per_device_eval_batch_size", "eval_accumulation_steps", "eval_do_concat_batches", "batch_eval_metrics",
        "prediction_loss_only", "eval_use_gather_object", "include_for_metrics", "bf16_full_eval", "fp16_full_eval",
        "eval_delay", "eval_on_start",
    ),
    "every step is in the metrics, and the log has a line every two seconds": (
        "logging_steps", "logging_strategy", "logging_first_step", "log_on_each_node", "logging_nan_inf_filter",
        "log_level", "log_level_replica", "disable_tqdm", "include_num_input_tokens_seen",
        "include_tokens_per_second", "skip_memory_metrics", "debug",
    ),
    "FSDP2 shards each decoder layer by itself": (
        "fsdp_transformer_layer_cls_to_wrap", "fsdp_min_num_params",
    ),
    "that is how it is here": (
        "average_tokens_across_devices", "remove_unused_columns", "full_determinism", "do_train", "do_eval",
        "use_cache", "label_names", "overwrite_output_dir", "save_safetensors", "gradient_checkpointing_kwargs",
        "activation_checkpointing_kwargs", "liger_kernel_config", "optim_target_modules", "jit_mode_eval",
        "enable_jit_checkpoint", "save_only_model", "save_on_each_node", "ignore_data_skip",
        "restore_callback_states_from_checkpoint", "ddp_find_unused_parameters", "ddp_bucket_cap_mb",
        "ddp_broadcast_buffers", "ddp_static_graph", "ddp_backend", "ddp_timeout", "local_rank",
        "torch_empty_cache_steps", "accelerator_config", "metric_for_best_model", "greater_is_better",
    ),
    "data is small enough to be read at once": (
        "dataloader_num_workers", "dataloader_pin_memory", "dataloader_persistent_workers",
        "dataloader_prefetch_factor", "dataloader_multiprocessing_context", "dataloader_in_order", "cache_dir",
        "lazy_preprocess", "preprocessing_num_workers",
    ),
    "the order of the examples depends on --seed alone": (
        "data_seed", "group_by_length", "train_sampling_strategy", "length_column_name",
    ),
    "weights are learnt in float32 and computed with in --precision": ("torch_dtype", "dtype"),
    "the tokenizer's own files decide": ("use_fast", "use_fast_tokenizer"),
    "no code of a model is ever run": ("trust_remote_code",),
    "nothing is sent anywhere": (
        "hub_token", "hub_private_repo", "hub_model_id", "hub_strategy", "hub_always_push", "project",
        "trackio_space_id", "trackio_bucket_id", "trackio_static_space_id",
    ),
}  # fmt: skip

RULES: dict[str, Rule] = {
    **{name: _ignored(reason) for reason, names in _IGNORED.items() for name in names},
    "bf16": _switch({"precision": "bf16"}),
    "fp16": _refused("--fp16 needs a scaled loss, which this trainer does not have; use --bf16 True."),
    "eval_strategy": _eval_strategy,
    "evaluation_strategy": _eval_strategy,
    "save_strategy": _save_strategy,
    "max_steps": _max_steps,
    "fsdp": _fsdp,
    "fsdp_config": _fsdp_config,
    "gradient_checkpointing": _switch({"activation_checkpointing": "full"}),
    "activation_checkpointing": _one_of("activation_checkpointing", {"True": "full", "False": "off"}),
    "use_liger_kernel": _switch({"liger": "True"}),
    "torch_compile": _switch({"compile": "True"}, " (each layer by itself)"),
    "torch_compile_backend": _ignored("each layer is compiled by inductor"),
    "torch_compile_mode": _ignored("each layer is compiled by inductor"),
    "attn_implementation": _one_of(
        "attention",
        {"flash_attention_2": "auto", "flash_attention_3": "auto", "eager": "sdpa", "flex_attention": "flex"},
    ),
    "lr_scheduler_type": _one_of("lr_scheduler_type", {"constant_with_warmup": "constant"}),
    "optim": _optim,
    "adam_epsilon": _adam_epsilon,
    "report_to": _report_to,
    "resume_from_checkpoint": _resume,
    "no_cuda": _renamed("use_cpu"),
    "max_length": _renamed("model_max_length"),
    "max_seq_length": _renamed("model_max_length"),
    "lora_r": _renamed("lora_rank"),
    "lora_target_modules": _renamed("lora_targets"),
    "deepspeed": _refused(
        "--deepspeed is not here: --fsdp full_shard shares out weights and optimizer, and --cpu_offload keeps them in "
        "the CPU's memory."
    ),
    "label_smoothing_factor": _refused("--label_smoothing_factor is not here: the loss is the plain cross-entropy."),
    "neftune_noise_alpha": _refused("--neftune_noise_alpha is not here: embeddings get no noise."),
    "lr_scheduler_kwargs": _refused(
        "--lr_scheduler_kwargs is not here: the three schedules have no options.", (*FALSE, "{}")
    ),
    "optim_args": _refused("--optim_args is not here: --adam_beta1, --adam_beta2 and --weight_decay are."),
    "load_best_model_at_end": _refused("--load_best_model_at_end is not here: the last weights are the result."),
    "auto_find_batch_size": _refused(
        "--auto_find_batch_size is not here: the batch is the recipe's; lower --micro_batch_tokens if memory is short."
    ),
    "dataloader_drop_last": _refused("--dataloader_drop_last is not here: every example of an epoch is trained on."),
    "parallelism_config": _refused("--parallelism_config is not here: --fsdp shares out over all processes."),
    "do_predict": _refused("--do_predict is not here: python -m lion_trainer.generate answers prompts."),
    "push_to_hub": _refused("--push_to_hub is not here: nothing is sent anywhere."),
}  # fmt: skip
