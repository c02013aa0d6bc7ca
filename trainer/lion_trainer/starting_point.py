"""The student that a training starts from."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lion_trainer.checkpoint import Checkpoint, read_checkpoint, read_config, read_tokenizer, with_room_for
from lion_trainer.errors import BadInput
from lion_trainer.geometry import Geometry, random_weights
from lion_trainer.rows import TrainingRow
from lion_trainer.template import lion_body
from lion_trainer.vocabulary import train_tokenizer


def starting_point(options: argparse.Namespace, rows: Sequence[TrainingRow]) -> Checkpoint:
    """The student to train from, its tokenizer with a padding token and its matrices with a row for each token."""
    if options.config_json is not None:
        shape = _fresh(options, rows)
        return replace(shape, weights=random_weights(shape.geometry, options.seed))
    if options.gguf_file is not None:
        from lion_trainer.gguf import read_gguf

        checkpoint = read_gguf(options.gguf_file)
    else:
        checkpoint = read_checkpoint(_folder(options))
    return with_room_for(checkpoint, checkpoint.tokenizer.with_pad_token())


def shape_of_starting_point(options: argparse.Namespace, rows: Sequence[TrainingRow]) -> Checkpoint:
    """The same without its weights (except of a GGUF file, which is read whole): what a plan is made from."""
    if options.config_json is not None:
        return _fresh(options, rows)
    if options.gguf_file is not None:
        return replace(starting_point(options, rows), weights={})
    bare = read_checkpoint(_folder(options), with_weights=False)
    return with_room_for(bare, bare.tokenizer.with_pad_token())


def _folder(options: argparse.Namespace) -> Path:
    if options.hub_model is not None:
        from lion_trainer.hub import resolve_model

        return Path(resolve_model(options.hub_model, options.hub_revision))
    return Path(options.model_name_or_path)


def _fresh(options: argparse.Namespace, rows: Sequence[TrainingRow]) -> Checkpoint:
    """The configuration's shape, with a given tokenizer or one made for the data, and no weights yet."""
    source = str(options.config_json)
    config = read_config(options.config_json)
    shape = Geometry.from_config(config, source)
    if options.tokenizer_name_or_path is not None:
        if not options.tokenizer_name_or_path.is_dir():
            raise BadInput(f"{options.tokenizer_name_or_path} is not a folder; give the folder of a tokenizer.")
        tokenizer = read_tokenizer(options.tokenizer_name_or_path).with_pad_token()
    else:
        texts = [text for row in rows for text in (lion_body(row), row.output)]
        tokenizer = train_tokenizer(texts, options.tokenizer_vocab_size or shape.vocab_size, shape.positions)
    config = {**config, "vocab_size": tokenizer.size}
    return Checkpoint(source, config, Geometry.from_config(config, source), {}, tokenizer, {}, {})
