"""The tokenizer of a student that starts from random weights: byte-level BPE made for its training data.

A student of less than a million parameters has neither width nor training to spell words out: a word that occurs
often must be one token, and what the tasks work on (letters, digits) must be one token per character.

*Pieces.* Text is first cut into pieces that no token crosses: a lower-case or capitalised word with the space before
it and a colon after it (` kettle`, `Reverse`, ` letters:`), a single capital letter, digit or other sign with the space
before it (` B`), a heading of the prompt template with its line breaks (`\\n\\n### Response:\\n`). `ABCD` is four
pieces, `A B C D` too.

*Tokens.* If all pieces that occur twice or more fit into the vocabulary, each becomes one token and there are no merges
at all: `ignore_merges` (as in LLaMA 3) makes BPE look a piece up whole, and any other piece falls apart into bytes.
Merges would also spend three or four entries on the way to each word. An instruction of eleven words with its heading,
BOS, answer and EOS then takes about 18 tokens. If the pieces do not fit (natural text), ordinary BPE is trained on the
same pieces, which spends a limited vocabulary better.

All 256 bytes are tokens either way, so every UTF-8 text comes back exactly.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from lion_trainer.errors import BadInput
from lion_trainer.tokenizer import StudentTokenizer, TokenizerFiles

SPECIAL_TOKENS = ("<unk>", "<s>", "</s>", "<pad>")  # LLaMA's first three ids, and a padding token
SMALLEST_SIZE = len(SPECIAL_TOKENS) + 256

PIECES = "|".join(
    (
        r"\n*### \p{Lu}\p{Ll}+:\n",
        r" ?\p{Lu}?\p{Ll}+:?",
        r" ?\p{L}",
        r" ?\p{N}",
        r" ?[^\s\p{L}\p{N}]",
        r"\s",
    )
)


def train_tokenizer(texts: Sequence[str], size: int, longest: int) -> StudentTokenizer:
    """Make a tokenizer of at most `size` tokens from the prompts and answers of the training data.

    `longest` is the student's number of positions, for the tokenizer's configuration. The same texts give the same
    tokenizer. Raises BadInput if the size does not even hold the bytes.
    """
    if size < SMALLEST_SIZE:
        raise BadInput(f"--tokenizer_vocab_size {size} is too small: bytes and special tokens take {SMALLEST_SIZE}.")
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = [word for word in _frequent_pieces(texts, size) if len(word) > 1]
    if SMALLEST_SIZE + len(words) <= size:
        tokens = [*SPECIAL_TOKENS, *alphabet, *words]
        vocabulary = {token: index for index, token in enumerate(tokens)}
        tokenizer = _with_pieces(models.BPE(vocab=vocabulary, merges=[], ignore_merges=True))
    else:
        tokenizer = _with_pieces(models.BPE())
        trainer = trainers.BpeTrainer(
            vocab_size=size,
            min_frequency=2,
            special_tokens=list(SPECIAL_TOKENS),
            initial_alphabet=alphabet,
            show_progress=False,
        )
        tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_special_tokens(list(SPECIAL_TOKENS))
    return StudentTokenizer(_files(tokenizer, longest), "the new tokenizer")


def _with_pieces(model: models.Model) -> Tokenizer:
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PIECES), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def _frequent_pieces(texts: Sequence[str], size: int) -> list[str]:
    """Pieces (in byte-level letters) that occur at least twice, most frequent first; stops counting them at `size`."""
    counter = _with_pieces(models.WordLevel())
    counter.train_from_iterator(texts, trainers.WordLevelTrainer(vocab_size=size, min_frequency=2, show_progress=False))
    vocabulary = counter.get_vocab()
    return sorted(vocabulary, key=vocabulary.__getitem__)


def _files(tokenizer: Tokenizer, longest: int) -> TokenizerFiles:
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "unk_token": "<unk>",
        "bos_token": "<s>",
        "eos_token": "</s>",
        "pad_token": "<pad>",
        "model_max_length": longest,
        "clean_up_tokenization_spaces": False,
    }
    return {
        "tokenizer.json": tokenizer.to_str(pretty=True).encode(),
        "tokenizer_config.json": (json.dumps(settings, indent=2) + "\n").encode(),
    }
