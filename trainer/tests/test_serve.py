"""The student as an endpoint: OpenAI's form, the answers of `generate`, and nothing for anybody but this machine."""

from __future__ import annotations

import json
import signal
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import Student, run_module, start_module, task_rows, wait_until
from hypothesis import given
from hypothesis import strategies as st

from lion_trainer import serving
from lion_trainer.checkpoint import Checkpoint, read_checkpoint
from lion_trainer.decoding import Decoding, answer_batch
from lion_trainer.errors import BadInput
from lion_trainer.http_front import Front, loopback_address
from lion_trainer.llama import Llama
from lion_trainer.openai_form import Defaults, RequestReader
from lion_trainer.rows import PromptRow
from lion_trainer.sampling import Sampling, chooser
from lion_trainer.serving import ServingEngine
from lion_trainer.template import Template, choose_template
from lion_trainer.text_stream import TextStream


@dataclass(frozen=True)
class Served:
    """A running front and what is behind it."""

    front: Front
    checkpoint: Checkpoint
    template: Template
    model: Llama

    def raw(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, Any]:
        connection = HTTPConnection("127.0.0.1", self.front.port, timeout=30)
        send = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, send)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response.status, json.loads(content)

    def post(self, path: str, **fields: Any) -> tuple[int, Any]:
        return self.raw("POST", path, json.dumps({"model": "tiny", **fields}).encode())

    def chat(self, text: str, **fields: Any) -> tuple[int, Any]:
        return self.post("/v1/chat/completions", messages=[{"role": "user", "content": text}], **fields)

    def stream(self, path: str, **fields: Any) -> list[dict[str, Any]]:
        connection = HTTPConnection("127.0.0.1", self.front.port, timeout=30)
        body = json.dumps({"model": "tiny", "stream": True, **fields})
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        events = connection.getresponse().read().decode().split("\n\n")
        assert events.pop() == "" and events.pop() == "data: [DONE]"
        return [json.loads(event.removeprefix("data: ")) for event in events]

    def expected(self, text: str, room: int) -> tuple[str, str, int, int]:
        """The greedy answer that `generate` gives: text, finish reason, tokens of the prompt and of the answer."""
        prompt = self.template.encode([PromptRow("", None, text, "", "")])[0]
        choose = chooser(Sampling(0.0, 1.0, 0, room), [""], torch.device("cpu"))
        answer = answer_batch(self.model, [prompt], [room], self.checkpoint.stop_ids(), choose)[0]
        text = self.checkpoint.tokenizer.decode(answer.tokens)
        return text, answer.finish_reason, len(prompt), answer.generated


@pytest.fixture(scope="module")
def served(student: Student) -> Iterator[Served]:
    checkpoint = read_checkpoint(student.folder)
    template = choose_template(None, checkpoint.tokenizer, checkpoint.template_files)
    model = Llama(checkpoint.geometry, checkpoint.weights).requires_grad_(False)
    engine = ServingEngine(model, checkpoint.stop_ids(), 2000)
    reader = RequestReader(checkpoint, template, Defaults("tiny", 0.7, 20))
    front = Front("127.0.0.1", 0, engine, reader, checkpoint.tokenizer, "tiny")
    threading.Thread(target=front.serve_forever, daemon=True).start()
    yield Served(front, checkpoint, template, model)
    front.shutdown()


INSTRUCTIONS = [row["instruction"] for row in task_rows(24, 7)]


def test_a_chat_answer_is_that_of_generate(served: Served) -> None:
    for text in [*INSTRUCTIONS[:4], "### Response:\n</s><s> {{ 1 }} \ufdd0 日本"]:
        status, reply = served.chat(text, temperature=0, max_tokens=12)
        expected, reason, asked, generated = served.expected(text, 12)
        assert status == 200 and reply["object"] == "chat.completion" and reply["model"] == "tiny"
        assert reply["choices"] == [
            {
                "index": 0,
                "message": {"role": "assistant", "content": expected},
                "finish_reason": reason,
                "logprobs": None,
            }
        ]
        assert reply["usage"] == {
            "prompt_tokens": asked,
            "completion_tokens": generated,
            "total_tokens": asked + generated,
        }


def test_a_message_with_an_input_and_a_system_text_is_asked_as_a_row_is(served: Served) -> None:
    row = PromptRow("", None, "A", "2", "B")
    messages = [{"role": "system", "content": row.system}]
    messages += [{"role": "user", "content": row.instruction, "input": row.input}]
    status, reply = served.post("/v1/chat/completions", messages=messages, temperature=0, max_tokens=1)
    assert status == 200 and reply["usage"]["prompt_tokens"] == len(served.template.encode([row])[0])


def test_many_at_a_time_get_the_answers_they_would_get_alone(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    class Counted(Decoding):
        def __init__(self, *arguments: Any) -> None:
            sizes.append(len(arguments[1]))
            super().__init__(*arguments)

    monkeypatch.setattr(serving, "Decoding", Counted)
    with ThreadPoolExecutor(24) as pool:
        replies = list(pool.map(lambda text: served.chat(text, temperature=0, max_tokens=12), INSTRUCTIONS))
    for text, (status, reply) in zip(INSTRUCTIONS, replies, strict=True):
        assert status == 200
        assert reply["choices"][0]["message"]["content"] == served.expected(text, 12)[0]
    assert sum(sizes) == 24 and max(sizes) > 1


def test_the_seed_decides_and_without_one_answers_differ(served: Served) -> None:
    def say(**fields: Any) -> str:
        return str(served.chat(INSTRUCTIONS[0], temperature=2, **fields)[1]["choices"][0]["message"]["content"])

    assert say(seed=5) == say(seed=5)
    assert len({say() for _ in range(4)}) > 1


def test_a_stream_has_the_same_text_reason_and_usage(served: Served) -> None:
    messages = [{"role": "user", "content": INSTRUCTIONS[1]}]
    for options in ({}, {"stream_options": {"include_usage": True}}):
        events = served.stream("/v1/chat/completions", messages=messages, temperature=0, max_tokens=12, **options)
        text, reason, asked, generated = served.expected(INSTRUCTIONS[1], 12)
        if options:
            usage = events.pop()
            assert usage["choices"] == [] and usage["usage"]["completion_tokens"] == generated
            assert usage["usage"]["prompt_tokens"] == asked
        choices = [event["choices"][0] for event in events]
        assert choices[0]["delta"] == {"role": "assistant", "content": ""}
        assert "".join(choice["delta"].get("content", "") for choice in choices) == text
        assert [choice["finish_reason"] for choice in choices] == [None] * (len(choices) - 1) + [reason]
        assert {event["object"] for event in events} == {"chat.completion.chunk"}
        assert len({event["id"] for event in events}) == 1
    raw = "".join(served.template.text(PromptRow("", None, INSTRUCTIONS[1], "", "")))
    pieces = served.stream("/v1/completions", prompt=raw, temperature=0, max_tokens=12)
    assert "".join(piece["choices"][0]["text"] for piece in pieces) == text


def test_raw_prompts_as_texts_and_as_tokens_get_the_same_answers(served: Served) -> None:
    rows = [PromptRow("", None, text, "", "") for text in INSTRUCTIONS[:3]]
    texts = [served.template.text(row) for row in rows]
    ids = served.template.encode(rows)
    expected = [served.expected(text, 12)[0] for text in INSTRUCTIONS[:3]]
    for prompt in (texts, ids, [text.removeprefix("<s>") for text in texts]):
        status, reply = served.post("/v1/completions", prompt=prompt, temperature=0, max_tokens=12)
        assert status == 200 and reply["object"] == "text_completion"
        assert [choice["text"] for choice in reply["choices"]] == expected
        assert [choice["index"] for choice in reply["choices"]] == [0, 1, 2]
        assert reply["usage"]["prompt_tokens"] == sum(map(len, ids))
    assert served.post("/v1/completions", prompt=ids[0], temperature=0)[1]["choices"][0]["text"] == expected[0]


def test_a_stop_sequence_ends_the_answer_before_it(served: Served) -> None:
    text = next(one for one in INSTRUCTIONS if len(served.expected(one, 12)[0]) > 4)
    whole = served.expected(text, 12)[0]
    stop = whole[2:4]
    for stream in (False, True):
        fields = {"temperature": 0, "max_tokens": 12, "stop": ["unseen", stop]}
        if stream:
            events = served.stream("/v1/chat/completions", messages=[{"role": "user", "content": text}], **fields)
            said = "".join(event["choices"][0]["delta"].get("content", "") for event in events)
            reason = events[-1]["choices"][0]["finish_reason"]
        else:
            choice = served.chat(text, **fields)[1]["choices"][0]
            said, reason = choice["message"]["content"], choice["finish_reason"]
        assert (said, reason) == (whole[: whole.index(stop)], "stop")


STOPS = st.lists(st.text(alphabet="ab€", min_size=1, max_size=3), max_size=2)


@given(st.text(alphabet="ab€é\ufffd", max_size=12), STOPS)
def test_pieces_joined_are_the_text_up_to_the_first_stop(text: str, stops: list[str]) -> None:
    """Tokens are bytes here: a character comes in parts."""
    tokens = list(text.encode())
    stream = TextStream(lambda ids: bytes(ids).decode(errors="replace"), stops)
    pieces: list[str] = []
    for token in tokens:
        pieces.append(stream.feed(token))
        if stream.stopped:
            break
    else:
        pieces.append(stream.end())
    ends = [text.find(stop) for stop in stops if stop in text]
    # Of several stop sequences the first one that is whole ends the answer.
    assert "".join(pieces) in {text[:end] for end in (ends or [len(text)])}
    if len(stops) < 2:
        assert "".join(pieces) == text[: min(ends, default=len(text))]


BAD = [
    ({"messages": []}, "at least one message"),
    ({"messages": "hello"}, "at least one message"),
    ({"messages": [{"role": "tool", "content": "x"}]}, "must have a role"),
    ({"messages": [{"role": "user"}]}, 'a text as "content"'),
    ({"messages": [{"role": "user", "content": "x", "input": 1}]}, 'an "input" that is no text'),
    ({"messages": [{"role": "system", "content": "x", "input": "y"}]}, "not the user's"),
    ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "no text"),
    ({"messages": [{"role": "assistant", "content": "x"}]}, "last message"),
    ({"temperature": -1}, "from 0 to 2"),
    ({"temperature": float("nan")}, "from 0 to 2"),
    ({"top_p": 0}, "from 1e-06 to 1"),
    ({"max_tokens": 0}, "whole number"),
    ({"max_tokens": True}, "whole number"),
    ({"seed": 1.5}, "whole number"),
    ({"stop": [""]}, "none empty"),
    ({"stream": "yes"}, "true or false"),
    ({"n": 2}, "not supported"),
    ({"tools": [{}]}, "not supported"),
    ({"response_format": {"type": "json_object"}}, "not supported"),
    ({"messages": [{"role": "user", "content": "A " * 100}]}, "64 positions"),
]


@pytest.mark.parametrize(("fields", "sentence"), BAD)
def test_a_bad_request_is_one_sentence(served: Served, fields: dict[str, Any], sentence: str) -> None:
    good = {"messages": [{"role": "user", "content": "A"}]}
    status, reply = served.post("/v1/chat/completions", **{**good, **fields})
    assert status == 400 and reply["error"]["type"] == "invalid_request_error"
    assert sentence in reply["error"]["message"] and reply["error"]["message"].endswith(".")


def test_other_bad_requests_are_one_sentence_too(served: Served) -> None:
    for status, method, path, body, headers in (
        (404, "GET", "/v1/none", None, {}),
        (404, "POST", "/v1/embeddings", b"{}", {}),
        (404, "POST", "/v1/chat/completions", b'{"model": "other"}', {}),
        (400, "POST", "/v1/chat/completions", b"[" * 100_000, {}),
        (400, "POST", "/v1/chat/completions", b"[]", {}),
        (400, "POST", "/v1/completions", b'{"model": "tiny", "prompt": [[1, 99999]]}', {}),
        (400, "POST", "/v1/completions", b'{"model": "tiny", "prompt": []}', {}),
        (415, "POST", "/v1/completions", b"{}", {"Content_Type": "text/plain"}),
        (413, "POST", "/v1/completions", b"", {"Content_Length": "99999999"}),
        (411, "POST", "/v1/completions", b"", {"Content_Length": "-1"}),
        (501, "PUT", "/v1/completions", b"", {}),
    ):
        got, reply = served.raw(method, path, body, **headers)
        assert (got, reply["error"]["message"][-1]) == (status, "."), reply
    status, reply = served.chat("half a pair \ud800")
    assert status == 200


def test_only_this_machine_and_no_web_page_is_answered(served: Served) -> None:
    for headers in (
        {"Host": "evil.example:80"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "localhost@evil.example"},
        {"Host": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Sec_Fetch_Site": "cross-site"},
    ):
        for method, path in (("GET", "/v1/models"), ("POST", "/v1/chat/completions")):
            status, reply = served.raw(method, path, b"{}" if method == "POST" else None, **headers)
            assert status == 403 and "This server" in reply["error"]["message"]
    for host in ("localhost:5", "127.0.0.1", "[::1]:9"):
        assert served.raw("GET", "/health", Host=host) == (200, {"status": "ok"})
    for host in ("0.0.0.0", "192.168.1.1", "::", "example.org"):
        with pytest.raises(BadInput, match="--host"):
            loopback_address(host)


def test_a_client_that_hangs_up_frees_the_student(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    given_up = threading.Event()

    class Watched(Decoding):
        def __init__(self, model: Llama, prompts: Any, room: Any, _stop_ids: Any, choose: Any) -> None:
            super().__init__(model, prompts, room, {-1}, choose)  # one that never ends by itself

        def advance(self) -> None:
            given_up.wait(0.05)  # a slow student
            super().advance()

        def give_up(self, row: int) -> None:
            super().give_up(row)
            given_up.set()

    monkeypatch.setattr(serving, "Decoding", Watched)
    for stream in (True, False):
        given_up.clear()
        body = {"model": "tiny", "stream": stream, "prompt": [5] * 3, "max_tokens": 60, "temperature": 2}
        content = json.dumps(body).encode()
        with socket.create_connection(("127.0.0.1", served.front.port)) as connection:
            head = f"POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(content)}\r\n"
            connection.sendall((head + "Content-Type: application/json\r\n\r\n").encode() + content)
        assert given_up.wait(10)


def test_memory_that_runs_out_is_met_by_smaller_batches(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    class Limited(Decoding):
        def __init__(self, *arguments: Any) -> None:
            if len(arguments[1]) > 2:
                raise torch.OutOfMemoryError("CUDA out of memory")
            super().__init__(*arguments)

    monkeypatch.setattr(serving, "Decoding", Limited)
    prompts = served.template.encode([PromptRow("", None, text, "", "") for text in INSTRUCTIONS[:9]])
    status, reply = served.post("/v1/completions", prompt=prompts, temperature=0, max_tokens=12)
    assert status == 200
    expected = [served.expected(text, 12)[0] for text in INSTRUCTIONS[:9]]
    assert [choice["text"] for choice in reply["choices"]] == expected

    class Broken(Decoding):
        def __init__(self, *arguments: Any) -> None:
            raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(serving, "Decoding", Broken)
    status, reply = served.chat("A")
    assert status == 500 and "ran out of memory" in reply["error"]["message"]
    monkeypatch.undo()
    assert served.chat("A")[0] == 200


def test_the_command_says_where_it_answers_and_ends_with_zero(student: Student, tmp_path: Path) -> None:
    ready, state = tmp_path / "serving" / "ready.json", tmp_path / "state.json"
    command = ("--model", student.folder, "--ready", ready, "--state", state, "--model_name", "a student")
    process = start_module("serve", *command)
    wait_until(ready.exists)
    said = json.loads(ready.read_text())
    assert said == {"port": said["port"], "pid": process.pid, "model": "a student"}
    assert json.loads(state.read_text())["state"] == "running"
    connection = HTTPConnection("127.0.0.1", said["port"], timeout=30)
    connection.request("GET", "/v1/models")
    models = json.loads(connection.getresponse().read())
    assert models["object"] == "list" and models["data"][0]["id"] == "a student"
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert json.loads(state.read_text())["state"] == "done" and not ready.exists()


def test_a_host_that_others_reach_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    ran = run_module("serve", "--model", tmp_path / "none", "--host", "0.0.0.0", "--ready", tmp_path / "ready.json")
    assert ran.returncode == 2 and len(ran.stderr.splitlines()) == 1
    assert ran.stderr.startswith("error: --host 0.0.0.0 can be reached from elsewhere")
    assert not (tmp_path / "ready.json").exists()
