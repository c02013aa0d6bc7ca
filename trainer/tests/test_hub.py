"""Weights from the hub: a small server speaks the hub's protocol on loopback, huggingface_hub does the rest."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from conftest import Student
from huggingface_hub import constants

from lion_trainer import generate
from lion_trainer.checkpoint import read_checkpoint
from lion_trainer.errors import BadInput, TrainerError
from lion_trainer.hub import resolve_model

COMMIT = "c0ffee" + "0" * 34


@dataclass
class Hub:
    """Repositories by name; `gated` ones want the token. `asked` lists what was fetched."""

    files: dict[str, dict[str, bytes]]
    gated: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    tokens: set[str | None] = field(default_factory=set)


def handler_of(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(with_content=True)

        def do_HEAD(self) -> None:
            self.answer(with_content=False)

        def log_message(self, format: str, *args: object) -> None:
            pass

        def answer(self, *, with_content: bool) -> None:
            parts = unquote(urlsplit(self.path).path).strip("/").split("/")
            token = self.headers.get("Authorization")
            hub.tokens.add(token)
            name = "/".join(parts[2:4] if parts[0] == "api" else parts[:2])
            revision = parts[5] if parts[0] == "api" else parts[3]
            files = hub.files.get(name)
            if files is None:
                return self.send(401, b"{}", {"X-Error-Code": "RepoNotFound"})
            if revision not in ("main", COMMIT):
                return self.send(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
            if parts[0] == "api" and parts[4] == "revision":
                info = {"id": name, "sha": COMMIT, "private": False, "tags": [], "downloads": 0, "likes": 0}
                return self.send(200, json.dumps({**info, "siblings": []}).encode(), {})
            if parts[0] == "api":
                tree = [
                    {"type": "file", "path": path, "size": len(content), "oid": hashlib.sha1(content).hexdigest()}
                    for path, content in files.items()
                ]
                return self.send(200, json.dumps(tree).encode(), {})
            if name in hub.gated and token != "Bearer hf_host":
                return self.send(403 if token else 401, b"{}", {"X-Error-Code": "GatedRepo"})
            content = files["/".join(parts[4:])]
            if with_content:
                hub.asked.append("/".join(parts[4:]))
            headers = {"ETag": f'"{hashlib.sha1(content).hexdigest()}"', "X-Repo-Commit": COMMIT}
            self.send(200, content, headers, with_content=with_content)

        def send(self, status: int, content: bytes, headers: dict[str, str], *, with_content: bool = True) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            if with_content and self.command != "HEAD":
                self.wfile.write(content)

    return Handler


@pytest.fixture
def hub(student: Student, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    good = {path.name: path.read_bytes() for path in student.folder.iterdir()}
    more = {"README.md": b"words", "pytorch_model.bin": b"pickle", "code.py": b"x", "original/x.safetensors": b"copy"}
    pickled = {name: content for name, content in good.items() if not name.endswith(".safetensors")}
    made = Hub({"lab/tiny": {**good, **more}, "lab/gated": good, "lab/pickled": {**pickled, **more}})
    made.gated.add("lab/gated")
    del made.files["lab/pickled"]["original/x.safetensors"]
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(made))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setattr(constants, "ENDPOINT", endpoint)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", endpoint + "/{repo_id}/resolve/{revision}/{filename}")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    yield made
    server.shutdown()
    server.server_close()


def test_a_model_is_fetched_once_without_what_is_not_needed(hub: Hub, student: Student) -> None:
    folder = resolve_model("lab/tiny")
    names = {path.name for path in student.folder.iterdir()}
    expected = {name for name in names if name.endswith((".json", ".safetensors", ".jinja"))}
    assert {path.name for path in folder.iterdir()} == expected == set(hub.asked)
    assert read_checkpoint(folder).geometry == read_checkpoint(student.folder).geometry
    asked = len(hub.asked)
    assert resolve_model("lab/tiny", COMMIT) == folder and len(hub.asked) == asked
    assert hub.tokens == {None}


def test_a_gated_model_needs_the_hosts_own_login(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"is gated: accept its licence at https://.*/lab/gated, then"):
        resolve_model("lab/gated")
    (tmp_path / "token").write_text("hf_other")
    with pytest.raises(BadInput, match="is gated"):
        resolve_model("lab/gated")
    (tmp_path / "token").write_text("hf_host")
    assert (resolve_model("lab/gated") / "model.safetensors").is_file()


def test_what_is_not_there_is_one_sentence(hub: Hub) -> None:
    for name, revision, sentence in (
        ("lab/none", "main", "knows no lab/none"),
        ("lab/tiny", "v9", 'no revision "v9"'),
        ("lab/pickled", "main", "no weights in safetensors"),
        ("../../etc", "main", "is no name of the hub"),
        ("a/b/c", "main", "is no name of the hub"),
    ):
        with pytest.raises(BadInput, match=sentence) as raised:
            resolve_model(name, revision)
        assert str(raised.value).count("\n") == 0


def test_without_a_connection_the_cache_serves_and_else_it_is_said(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = resolve_model("lab/tiny")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert resolve_model("lab/tiny") == folder
    with pytest.raises(TrainerError, match="cannot be reached"):
        resolve_model("lab/gated")


def test_a_model_of_the_hub_answers(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prompts, answers = tmp_path / "prompts.jsonl", tmp_path / "answers.jsonl"
    prompts.write_text(json.dumps({"id": "a", "key": 1, "instruction": "Say A", "input": "", "system": ""}) + "\n")
    flags = ["--hub_model", "lab/tiny", "--in", str(prompts), "--out", str(answers), "--max_new_tokens", "2"]
    monkeypatch.setattr("sys.argv", ["generate", *flags])
    generate.main()
    assert [json.loads(line)["model"] for line in answers.read_text().splitlines()] == ["lab/tiny"]
    assert "model.safetensors" in hub.asked
