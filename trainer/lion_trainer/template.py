"""How an instruction becomes a prompt. Train, generate and the exported chat template share this one definition."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from lion_trainer.errors import BadInput
from lion_trainer.files import sha256_of_text, to_json
from lion_trainer.tokenizer import StudentTokenizer

TEMPLATE_FILE = "lion_template.json"
TEMPLATE_VERSION = 1

# The short form of the Alpaca prompt that Lion trains on (arXiv 2305.12870); a system text stands before it.
LION_PIECES = {
    "system": "{system}\n\n",
    "instruction": "### Instruction:\n{instruction}\n\n",
    "input": "### Input:\n{input}\n\n",
    "response": "### Response:\n",
}


class Instruction(Protocol):
    """What a prompt is made of; `input` and `system` are empty where there is none."""

    @property
    def instruction(self) -> str: ...
    @property
    def input(self) -> str: ...
    @property
    def system(self) -> str: ...


@dataclass(frozen=True)
class LionTemplate:
    """The template of a plain LLaMA. BOS comes first where the tokenizer has one, EOS follows the answer."""

    tokenizer: StudentTokenizer
    name = "lion"

    def text(self, row: Instruction) -> str:
        """The prompt as a text, BOS written out."""
        return (self.tokenizer.special_tokens.get("bos_token") or "") + lion_body(row)

    def encode(self, rows: Sequence[Instruction]) -> list[list[int]]:
        """Token ids of each row's prompt."""
        first = [] if self.tokenizer.bos_id is None else [self.tokenizer.bos_id]
        return [first + ids for ids in self.tokenizer.encode_text([lion_body(row) for row in rows])]

    def jinja(self) -> str:
        """The same template for `apply_chat_template`. A message may carry an `input` beside its content."""
        system = _jinja_piece("system", "message['content']")
        user = _jinja_piece("instruction", "message['content']")
        extra = _jinja_piece("input", "message['input']")
        response = _jinja_text(LION_PIECES["response"])
        return (
            "{{- bos_token or '' }}"
            "{%- for message in messages %}"
            "{%- if message['role'] == 'system' %}"
            "{{- " + system + " }}"
            "{%- elif message['role'] == 'user' %}"
            "{{- " + user + " }}"
            "{%- if message['input'] %}{{- " + extra + " }}{%- endif %}"
            "{%- else %}"
            "{{- " + response + " + message['content'] + eos_token }}"
            "{%- endif %}"
            "{%- endfor %}"
            "{%- if add_generation_prompt %}{{- " + response + " }}{%- endif %}"
        )

    def manifest(self) -> dict[str, Any]:
        """The content of `lion_template.json`; `sha256` is of the pieces as compact JSON with sorted keys."""
        return _manifest(self.name, LION_PIECES)


@dataclass(frozen=True)
class ChatTemplate:
    """The chat template that came with a tuned model's tokenizer. Instruction and input are joined by a blank line."""

    tokenizer: StudentTokenizer
    source: str
    name = "chat"

    def text(self, row: Instruction) -> str:
        """The prompt as a text, special tokens written out."""
        return self._render([row])[0]

    def encode(self, rows: Sequence[Instruction]) -> list[list[int]]:
        """Token ids of each row's prompt."""
        return self.tokenizer.encode_markup(self._render(rows)) if rows else []

    def _render(self, rows: Sequence[Instruction]) -> list[str]:
        from transformers.utils.chat_template_utils import render_jinja_template

        conversations = []
        for row in rows:
            content = f"{row.instruction}\n\n{row.input}" if row.input else row.instruction
            system = [{"role": "system", "content": row.system}] if row.system else []
            conversations.append([*system, {"role": "user", "content": content}])
        texts, _ = render_jinja_template(
            conversations, chat_template=self.source, add_generation_prompt=True, **self.tokenizer.special_tokens
        )
        return list(texts)

    def jinja(self) -> str:
        """The tokenizer's own template, unchanged."""
        return self.source

    def manifest(self) -> dict[str, Any]:
        """The content of `lion_template.json`; `sha256` is of the pieces as compact JSON with sorted keys."""
        return _manifest(self.name, {"chat_template": self.source})


Template = LionTemplate | ChatTemplate


def lion_body(row: Instruction) -> str:
    """The `lion` prompt without BOS."""
    text = LION_PIECES["system"].replace("{system}", row.system) if row.system else ""
    text += LION_PIECES["instruction"].replace("{instruction}", row.instruction)
    if row.input:
        text += LION_PIECES["input"].replace("{input}", row.input)
    return text + LION_PIECES["response"]


def choose_template(name: str | None, tokenizer: StudentTokenizer, files: dict[str, bytes]) -> Template:
    """The template that was asked for; without a name, the one the checkpoint was trained with (`lion_template.json`
    among its files); without that, the tokenizer's chat template if it has one, else `lion`.

    Raises BadInput for a name that the checkpoint cannot serve, or a stored template whose text is not today's.
    """
    stored: dict[str, Any] = json.loads(files[TEMPLATE_FILE]) if TEMPLATE_FILE in files else {}
    if name is None:
        chat = tokenizer.chat_template is not None
        name = str(stored.get("name", "chat" if chat else "lion"))
    # A student trained with `lion` carries that template as its chat template too; it is no chat model for that.
    source = None if stored.get("name") == "lion" else tokenizer.chat_template
    template: Template
    if name == "lion":
        template = LionTemplate(tokenizer)
    elif name == "chat" and source is not None:
        template = ChatTemplate(tokenizer, source)
    elif name == "chat":
        raise BadInput("This checkpoint's tokenizer has no chat template; use --template lion.")
    else:
        raise BadInput(f'The checkpoint names an unknown template "{name}"; choose --template lion or chat.')
    if stored.get("name") == name and stored.get("sha256") != template.manifest()["sha256"]:
        raise BadInput(f'The checkpoint was trained with another text of the template "{name}"; train it again.')
    return template


def _manifest(name: str, pieces: dict[str, str]) -> dict[str, Any]:
    canonical = json.dumps(pieces, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return {"name": name, "version": TEMPLATE_VERSION, "pieces": pieces, "sha256": sha256_of_text(canonical)}


def _jinja_piece(piece: str, value: str) -> str:
    """A Jinja expression that puts a value into a piece of the template, between two string literals."""
    before, after = LION_PIECES[piece].split("{" + piece + "}")
    parts = [_jinja_text(before)] if before else []
    return " + ".join([*parts, value, _jinja_text(after)])


def _jinja_text(text: str) -> str:
    """A Jinja string literal; JSON's escapes are also Jinja's for the characters that occur here."""
    return to_json(text)
