"""OpenAI's form of questions and answers: what a request may say, checked, and how replies are written."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lion_trainer.checkpoint import Checkpoint
from lion_trainer.rows import without_lone_surrogates
from lion_trainer.sampling import Sampling
from lion_trainer.template import Template

# What changes an answer in a way that is not built here is refused, unless it says what holds anyway.
UNSUPPORTED: dict[str, tuple[Any, ...]] = {
    "n": (1,),
    "best_of": (1,),
    "tools": ([],),
    "functions": ([],),
    "logprobs": (False, 0),
    "top_logprobs": (0,),
    "logit_bias": ({},),
    "frequency_penalty": (0,),
    "presence_penalty": (0,),
    "response_format": ({"type": "text"},),
    "echo": (False,),
    "suffix": ("",),
}
MOST_STOPS = 4
MOST_PROMPTS = 64
ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}


class Refused(Exception):
    """A request that is not answered: a sentence for its sender, HTTP's status and OpenAI's code."""

    def __init__(self, sentence: str, status: int = 400, param: str | None = None, code: str | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        kind = "invalid_request_error" if status < 500 else "server_error"
        self.body = {"error": {"message": sentence, "type": kind, "param": param, "code": code}}


@dataclass(frozen=True)
class Defaults:
    """What holds where a request says nothing. `model` is the only name that is answered to."""

    model: str
    temperature: float
    max_new_tokens: int


@dataclass(frozen=True)
class Asked:
    """A checked request: one prompt for each answer."""

    prompts: list[list[int]]
    rooms: list[int]
    sampling: Sampling
    stops: list[str]
    stream: bool
    usage_in_stream: bool


class RequestReader:
    """Reads requests for one checkpoint."""

    def __init__(self, checkpoint: Checkpoint, template: Template, defaults: Defaults) -> None:
        self._tokenizer, self._template, self._defaults = checkpoint.tokenizer, template, defaults
        self._positions, self._vocabulary = checkpoint.geometry.positions, checkpoint.geometry.vocabulary

    def chat(self, content: bytes) -> Asked:
        """A request to `/v1/chat/completions`. Raises Refused."""
        fields = self._fields(content)
        messages = fields.get("messages")
        if not isinstance(messages, list) or not messages:
            raise Refused('"messages" must be a list of at least one message.', param="messages")
        read = [_message(number, message) for number, message in enumerate(messages)]
        if read[-1]["role"] != "user":
            raise Refused("The last message must be the user's.", param="messages")
        try:
            prompt = self._template.encode_conversation(read)
        except Exception as error:  # a chat template may refuse an order of roles, by an exception of Jinja
            raise Refused(f"The student's chat template refuses these messages: {error}.", param="messages") from error
        return self._asked(fields, [prompt])

    def completion(self, content: bytes) -> Asked:
        """A request to `/v1/completions`: raw prompts, as texts (special tokens may be written out, BOS is put before
        where it is missing) or as token ids. Raises Refused."""
        fields = self._fields(content)
        prompt = fields.get("prompt")
        if isinstance(prompt, str) or (isinstance(prompt, list) and prompt and isinstance(prompt[0], int)):
            prompt = [prompt]
        if not isinstance(prompt, list) or not 1 <= len(prompt) <= MOST_PROMPTS:
            raise Refused(f'"prompt" must be a text, token ids, or a list of 1 to {MOST_PROMPTS} such.', param="prompt")
        return self._asked(fields, [self._raw(one) for one in prompt])

    def _raw(self, prompt: Any) -> list[int]:
        bos = self._tokenizer.bos_id
        if isinstance(prompt, str):
            ids = self._tokenizer.encode_markup([without_lone_surrogates(prompt)])[0]
            return ids if bos is None or ids[:1] == [bos] else [bos, *ids]
        known = range(min(self._tokenizer.size, self._vocabulary))
        if isinstance(prompt, list) and prompt and all(type(one) is int and one in known for one in prompt):
            return prompt
        raise Refused(f'"prompt" must hold texts or token ids from 0 to {len(known) - 1}.', param="prompt")

    def _fields(self, content: bytes) -> dict[str, Any]:
        try:
            fields = json.loads(content)
        except (ValueError, RecursionError):
            raise Refused("The request is not valid JSON.") from None
        if not isinstance(fields, dict):
            raise Refused("The request must be a JSON object.")
        for name, harmless in UNSUPPORTED.items():
            value = fields.get(name)
            if value is not None and value not in harmless:
                raise Refused(f'"{name}" is not supported by this server; leave it out.', param=name)
        if fields.get("model") != self._defaults.model:
            raise Refused(f'Only the model "{self._defaults.model}" is served here.', 404, "model", "model_not_found")
        return fields

    def _asked(self, fields: Mapping[str, Any], prompts: list[list[int]]) -> Asked:
        longest = max(map(len, prompts))
        if longest == 0:
            raise Refused('"prompt" is empty.', param="prompt")
        if longest >= self._positions:
            raise Refused(
                f"The prompt has {longest} tokens and the student {self._positions} positions; shorten it.",
                code="context_length_exceeded",
            )
        name = "max_completion_tokens" if fields.get("max_completion_tokens") is not None else "max_tokens"
        most = _number(fields, name, self._defaults.max_new_tokens, 1, 2**31, whole=True)
        rooms = [min(int(most), self._positions - len(prompt)) for prompt in prompts]
        sampling = Sampling(
            temperature=float(_number(fields, "temperature", self._defaults.temperature, 0, 2)),
            top_p=float(_number(fields, "top_p", 1.0, 1e-6, 1)),
            seed=int(_number(fields, "seed", secrets.randbits(48), -(2**63), 2**63, whole=True)),
            max_new_tokens=max(rooms),
        )
        options = fields.get("stream_options") or {}
        return Asked(
            prompts=prompts,
            rooms=rooms,
            sampling=sampling,
            stops=_stops(fields.get("stop")),
            stream=_boolean(fields, "stream"),
            usage_in_stream=isinstance(options, dict) and options.get("include_usage") is True,
        )


def _message(number: int, message: Any) -> dict[str, str]:
    param = f"messages.{number}"
    if not isinstance(message, dict) or message.get("role") not in ROLES:
        raise Refused(f"Message {number} must have a role: system, user or assistant.", param=param)
    content = message.get("content")
    if isinstance(content, list):
        if not all(isinstance(part, dict) and isinstance(part.get("text"), str) for part in content):
            raise Refused(f"Message {number} has a part that is no text; the student reads only text.", param=param)
        content = "".join(part["text"] for part in content)
    if not isinstance(content, str):
        raise Refused(f'Message {number} must have a text as "content".', param=param)
    read = {"role": ROLES[message["role"]], "content": without_lone_surrogates(content)}
    # Not OpenAI's: what an instruction is about, which the template puts where training has put it.
    given = message.get("input")
    if given is not None and (not isinstance(given, str) or read["role"] != "user"):
        raise Refused(f'Message {number} has an "input" that is no text or not the user\'s.', param=param)
    return {**read, "input": without_lone_surrogates(given)} if given else read


def _stops(value: Any) -> list[str]:
    stops = [value] if isinstance(value, str) else value or []
    if not isinstance(stops, list) or len(stops) > MOST_STOPS or not all(isinstance(one, str) and one for one in stops):
        raise Refused(f'"stop" must be a text or a list of at most {MOST_STOPS} texts, none empty.', param="stop")
    return stops


def _number(
    fields: Mapping[str, Any], name: str, default: float, low: float, high: float, *, whole: bool = False
) -> float:
    value = fields.get(name)
    if value is None:
        return default
    if type(value) not in ((int,) if whole else (int, float)) or not low <= value <= high:
        raise Refused(f'"{name}" must be a {"whole " if whole else ""}number from {low:g} to {high:g}.', param=name)
    return value


def _boolean(fields: Mapping[str, Any], name: str) -> bool:
    value = fields.get(name)
    if value not in (None, True, False):
        raise Refused(f'"{name}" must be true or false.', param=name)
    return bool(value)


@dataclass(frozen=True)
class ReplyForm:
    """Writes the replies to one request. `chat` tells the two endpoints' forms apart; `created` in seconds."""

    chat: bool
    identity: str
    created: int
    model: str

    def whole(self, answers: Sequence[tuple[str, str]], usage: dict[str, int]) -> dict[str, Any]:
        """The reply with all answers, each a text and a finish reason."""
        choices = [
            {"index": index, "logprobs": None, "finish_reason": reason}
            | ({"message": {"role": "assistant", "content": text}} if self.chat else {"text": text})
            for index, (text, reason) in enumerate(answers)
        ]
        return {**self._head(""), "choices": choices, "usage": usage}

    def piece(self, text: str, reason: str | None, *, first: bool = False) -> dict[str, Any]:
        """A chunk of a streamed answer; with a reason it is the last."""
        choice: dict[str, Any] = {"index": 0, "logprobs": None, "finish_reason": reason}
        if self.chat:
            choice["delta"] = ({"role": "assistant"} if first else {}) | ({"content": text} if text or first else {})
        else:
            choice["text"] = text
        return {**self._head(".chunk"), "choices": [choice]}

    def usage_piece(self, usage: dict[str, int]) -> dict[str, Any]:
        """The chunk after the last that tells the counts."""
        return {**self._head(".chunk"), "choices": [], "usage": usage}

    def _head(self, suffix: str) -> dict[str, Any]:
        kind = f"chat.completion{suffix}" if self.chat else "text_completion"
        return {"id": self.identity, "object": kind, "created": self.created, "model": self.model}


def usage_of(prompts: Sequence[Sequence[int]], generated: int) -> dict[str, int]:
    """Tokens of the prompts and of the answers, stop tokens included."""
    asked = sum(map(len, prompts))
    return {"prompt_tokens": asked, "completion_tokens": generated, "total_tokens": asked + generated}
