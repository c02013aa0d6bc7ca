"""A checkpoint's tokenizer, read from its `tokenizer.json` without starting all of transformers."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from typing import Any

from tokenizers import Tokenizer

from lion_trainer.errors import BadInput

TokenizerFiles = dict[str, bytes]

# The files of a Hugging Face checkpoint that belong to its tokenizer; whichever exist travel with the student.
TOKENIZER_FILE_NAMES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "tokenizer.model",
    "vocab.json",
    "merges.txt",
    "chat_template.jinja",
)


class StudentTokenizer:
    """Text to token ids and back, and the ids of the special tokens.

    Special tokens are put by this package, by id. Text from outside is encoded so that the *text* `</s>` in an
    instruction stays text and never ends anything.
    """

    def __init__(self, files: TokenizerFiles, source: str) -> None:
        """Raises BadInput, naming `source`, if there is no `tokenizer.json` or no end-of-sequence token."""
        self.files = dict(files)
        self._one_at_a_time = threading.Lock()  # how special tokens are read is a switch of the shared tokenizer
        if "tokenizer.json" not in files:
            raise BadInput(f"{source} has no tokenizer.json; save its tokenizer with a fast tokenizer first.")
        try:
            self._tokenizer = Tokenizer.from_str(files["tokenizer.json"].decode())
            self.settings: dict[str, Any] = json.loads(files.get("tokenizer_config.json", b"{}"))
            more: dict[str, Any] = json.loads(files.get("special_tokens_map.json", b"{}"))
        except Exception as error:  # tokenizers raises plain Exception for a file it cannot read
            raise BadInput(f"{source} has a tokenizer that cannot be read: {error}.") from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self.special_tokens: dict[str, str] = {}
        for name in ("bos_token", "eos_token", "unk_token", "pad_token"):
            value = self.settings.get(name) or more.get(name)
            text = value.get("content") if isinstance(value, dict) else value
            if isinstance(text, str):
                self.special_tokens[name] = text
        eos = self._id_of("eos_token")
        if eos is None:
            raise BadInput(f"{source} has a tokenizer without an end-of-sequence token; set eos_token in its config.")
        self.eos_id: int = eos
        self.bos_id = self._id_of("bos_token")
        self.pad_id = self._id_of("pad_token")

    def _id_of(self, name: str) -> int | None:
        token = self.special_tokens.get(name)
        return None if token is None else self._tokenizer.token_to_id(token)

    @property
    def size(self) -> int:
        """One more than the highest id, which is what an embedding matrix needs."""
        return max(self._tokenizer.get_vocab(with_added_tokens=True).values()) + 1

    @property
    def ordinary_size(self) -> int:
        """How many tokens there are without those that were added to a finished vocabulary."""
        return int(self._tokenizer.get_vocab_size(with_added_tokens=False))

    @property
    def chat_template(self) -> str | None:
        """The Jinja text of the tokenizer's chat template, or None."""
        if "chat_template.jinja" in self.files:
            return self.files["chat_template.jinja"].decode()
        template = self.settings.get("chat_template")
        if isinstance(template, list):
            template = next((one.get("template") for one in template if one.get("name") == "default"), None)
        return template if isinstance(template, str) else None

    @property
    def special_texts(self) -> list[str]:
        """How the special tokens are written in markup, longest first."""
        added = self._tokenizer.get_added_tokens_decoder().values()
        return sorted((token.content for token in added if token.special), key=len, reverse=True)

    def encode_text(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of texts from outside: no special token is added, and none is read out of the text."""
        return self._encode(texts, special_stays_text=True)

    def encode_markup(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of rendered chat templates, in which special tokens are written out; none is added."""
        return self._encode(texts, special_stays_text=False)

    def _encode(self, texts: Sequence[str], *, special_stays_text: bool) -> list[list[int]]:
        with self._one_at_a_time:
            self._tokenizer.encode_special_tokens = special_stays_text
            encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [encoding.ids for encoding in encodings]

    def decode(self, ids: Sequence[int]) -> str:
        """The text of generated ids, special tokens left out."""
        return self._tokenizer.decode(list(ids), skip_special_tokens=True)

    def with_pad_token(self) -> StudentTokenizer:
        """This tokenizer, with a new token `<pad>` if it has no padding token: batched serving elsewhere needs one."""
        if self.pad_id is not None:
            return self
        files = dict(self.files)
        extended = Tokenizer.from_str(files["tokenizer.json"].decode())
        extended.add_special_tokens(["<pad>"])
        files["tokenizer.json"] = extended.to_str(pretty=True).encode()
        settings = {**self.settings, "pad_token": "<pad>"}
        files["tokenizer_config.json"] = json.dumps(settings, ensure_ascii=False, indent=2).encode()
        return StudentTokenizer(files, "the extended tokenizer")
