"""How an instruction becomes a prompt. Train, generate and the exported chat template share this one definition."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
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


# A conversation as `apply_chat_template` takes it: messages with a `role` (system, user or assistant) and a `content`;
# for `lion` a user's message may have an `input` too.
Conversation = Sequence[Mapping[str, str]]


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

    def encode_conversation(self, messages: Conversation) -> list[int]:
        """Token ids of a conversation up to the next answer.

        Earlier answers are tokenized apart and end with EOS, as in training.
        """
        ids = [] if self.tokenizer.bos_id is None else [self.tokenizer.bos_id]
        text = ""
        for message in messages:
            if message["role"] == "assistant":
                asked, answered = self.tokenizer.encode_text([text + LION_PIECES["response"], message["content"]])
                ids += [*asked, *answered, self.tokenizer.eos_id]
                text = ""
            else:
                piece = "system" if message["role"] == "system" else "instruction"
                text += _lion_turn(piece, message["content"], message.get("input", ""))
        return ids + self.tokenizer.encode_text([text + LION_PIECES["response"]])[0]

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
        return self._render([_conversation(row)])[0]

    def encode(self, rows: Sequence[Instruction]) -> list[list[int]]:
        """Token ids of each row's prompt."""
        return self._encode([_conversation(row) for row in rows]) if rows else []

    def encode_conversation(self, messages: Conversation) -> list[int]:
        """Token ids of a conversation up to the next answer. A message's `input` follows its content."""
        return self._encode([[_with_input(message) for message in messages]])[0]

    def _encode(self, conversations: Sequence[Conversation]) -> list[list[int]]:
        """The template's special tokens become ids; what looks like one in a message stays text.

        Such texts are put between two marks while the template is rendered; a mark is so many noncharacters of Unicode
        as no message has behind each other.
        """
        special = self.tokenizer.special_texts
        pattern = re.compile("|".join(map(re.escape, special)) if special else r"(?!)")
        contents = "".join(message["content"] for messages in conversations for message in messages)
        if not pattern.search(contents):
            return self.tokenizer.encode_markup(self._render(conversations))
        mark = "\ufdd0"
        while mark in contents:
            mark += "\ufdd0"
        marked = [
            [{**message, "content": pattern.sub(f"{mark}\\g<0>{mark}", message["content"])} for message in messages]
            for messages in conversations
        ]
        return [self._encode_marked(text.split(mark)) for text in self._render(marked)]

    def _encode_marked(self, pieces: list[str]) -> list[int]:
        """Token ids of pieces that are by turns markup and text."""
        encoders = (self.tokenizer.encode_markup, self.tokenizer.encode_text)
        return [token for place, piece in enumerate(pieces) for token in encoders[place % 2]([piece])[0]]

    def _render(self, conversations: Sequence[Conversation]) -> list[str]:
        from transformers.utils.chat_template_utils import render_jinja_template

        texts, _ = render_jinja_template(
            [list(messages) for messages in conversations],
            chat_template=self.source,
            add_generation_prompt=True,
            **self.tokenizer.special_tokens,
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
    system = _lion_turn("system", row.system, "") if row.system else ""
    return system + _lion_turn("instruction", row.instruction, row.input) + LION_PIECES["response"]


def _lion_turn(piece: str, content: str, extra: str) -> str:
    text = LION_PIECES[piece].replace("{" + piece + "}", content)
    return text + (LION_PIECES["input"].replace("{input}", extra) if extra else "")


def _conversation(row: Instruction) -> Conversation:
    """The row for a chat template."""
    system = [{"role": "system", "content": row.system}] if row.system else []
    return [*system, _with_input({"role": "user", "content": row.instruction, "input": row.input})]


def _with_input(message: Mapping[str, str]) -> Mapping[str, str]:
    """The message as a chat template takes it: its input, if it has one, follows its content."""
    given = message.get("input", "")
    content = f"{message['content']}\n\n{given}" if given else message["content"]
    return {"role": message["role"], "content": content}


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
