"""The HTTP side of `serve`: loopback only, closed to what a browser may be tricked into."""

from __future__ import annotations

import ipaddress
import json
import queue
import select
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from lion_trainer.errors import BadInput
from lion_trainer.openai_form import Asked, Refused, ReplyForm, RequestReader, usage_of
from lion_trainer.serving import Busy, Event, Job, ServingEngine
from lion_trainer.text_stream import TextStream
from lion_trainer.tokenizer import StudentTokenizer

MOST_BYTES = 4_000_000
SECONDS_OF_SILENCE = 60  # a connection that sends nothing for so long is closed
SECONDS_BETWEEN_LOOKS = 0.5  # whether the client is still there


class Gone(Exception):
    """The client has hung up."""


class Front(ThreadingHTTPServer):
    """Listens on a loopback address and hands each request to the engine."""

    daemon_threads = True

    def __init__(
        self,
        host: str,
        port: int,
        engine: ServingEngine,
        reader: RequestReader,
        tokenizer: StudentTokenizer,
        model: str,
    ) -> None:
        """Raises BadInput for a host that is not loopback, or a port that is taken."""
        address = loopback_address(host)
        self.address_family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
        self.engine, self.reader, self.tokenizer, self.model = engine, reader, tokenizer, model
        self.created = int(time.time())
        try:
            super().__init__((str(address), port), _Handler)
        except (OSError, OverflowError) as error:
            raise BadInput(f"--port {port} cannot be listened on: {error}.") from error

    @property
    def port(self) -> int:
        """The port, also when any free one was asked for."""
        return int(self.server_address[1])


def loopback_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The address to listen on. Raises BadInput unless only this machine can reach it."""
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise BadInput(f'--host "{host}" is not an IP address; use 127.0.0.1.') from None
    if not address.is_loopback:
        raise BadInput(f"--host {host} can be reached from elsewhere; use 127.0.0.1 and forward the port by ssh -L.")
    return address


def _is_loopback(authority: str | None) -> bool:
    """Whether a Host header, or the place of an Origin, names this machine. A tunnel may have another port."""
    try:
        host = urlsplit(f"//{authority or ''}").hostname
        return host == "localhost" or (host is not None and ipaddress.ip_address(host).is_loopback)
    except ValueError:
        return False


class _Handler(BaseHTTPRequestHandler):
    server: Front
    protocol_version = "HTTP/1.1"
    server_version = "lion-student"
    sys_version = ""
    timeout = SECONDS_OF_SILENCE

    def do_GET(self) -> None:
        self._guarded(self._get)

    def do_POST(self) -> None:
        self._guarded(self._post)

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not logged: what a person asks is nobody else's."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the base class says of requests that are no HTTP, in our form."""
        self.close_connection = True
        self._send(code, Refused(f"{message or 'The request cannot be read'}.", code).body)

    def _guarded(self, serve: Callable[[], None]) -> None:
        try:
            self._refuse_browsers()
            serve()
        except Refused as refused:
            self._send(refused.status, refused.body)
        except (Gone, ConnectionError, TimeoutError):
            self.close_connection = True

    def _refuse_browsers(self) -> None:
        """A page in a browser reaches loopback, by a name of its own (DNS rebinding) or by a request across origins."""
        origin = self.headers.get("Origin")
        if not _is_loopback(self.headers.get("Host")):
            self.close_connection = True
            raise Refused("This server answers only to localhost and 127.0.0.1 as its host.", 403)
        foreign = origin is not None and urlsplit(origin).netloc != self.headers.get("Host")
        if foreign or self.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            self.close_connection = True
            raise Refused("This server does not answer web pages of another origin.", 403)

    def _get(self) -> None:
        front = self.server
        # A content that is not read would be taken for the next request.
        self.close_connection |= "Content-Length" in self.headers
        path = urlsplit(self.path).path
        model = {"id": front.model, "object": "model", "created": front.created, "owned_by": "lion"}
        if path == "/health":
            self._send(200, {"status": "ok"})
        elif path == "/v1/models":
            self._send(200, {"object": "list", "data": [model]})
        else:
            raise self._unknown(path)

    def _post(self) -> None:
        path = urlsplit(self.path).path
        content = self._content()
        if path == "/v1/chat/completions":
            self._answer(self.server.reader.chat(content), chat=True)
        elif path == "/v1/completions":
            self._answer(self.server.reader.completion(content), chat=False)
        else:
            raise self._unknown(path)

    def _unknown(self, path: str) -> Refused:
        return Refused(
            f"There is no {self.command} {path[:100]} here; there are GET /health, GET /v1/models, "
            "POST /v1/chat/completions and POST /v1/completions.",
            404,
        )

    def _content(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit() or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            raise Refused("The request must say its Content-Length.", 411)
        if int(length) > MOST_BYTES:
            self.close_connection = True
            raise Refused(f"The request has more than {MOST_BYTES} bytes.", 413)
        content = self.rfile.read(int(length))
        # A form of a web page cannot send this type without asking first, which is refused above.
        if self.headers.get_content_type() != "application/json":
            raise Refused("The request must have the Content-Type application/json.", 415)
        return content

    def _answer(self, asked: Asked, *, chat: bool) -> None:
        if asked.stream and len(asked.prompts) > 1:
            raise Refused("Only a single prompt can be streamed.", param="stream")
        identity = f"{'chatcmpl' if chat else 'cmpl'}-{uuid.uuid4().hex}"
        form = ReplyForm(chat, identity, int(time.time()), self.server.model)
        pairs = enumerate(zip(asked.prompts, asked.rooms, strict=True))
        jobs = [Job(str(index), prompt, room, asked.sampling) for index, (prompt, room) in pairs]
        try:
            for job in jobs:
                self.server.engine.submit(job)
            if asked.stream:
                self._stream(asked, jobs[0], form)
            else:
                answers = [_Answering(self, job, asked.stops) for job in jobs]
                texts = [("".join(answer), answer.reason) for answer in answers]
                generated = sum(answer.generated for answer in answers)
                self._send(200, form.whole(texts, usage_of(asked.prompts, generated)))
        except Busy:
            raise Refused("Too many requests wait already; try again in a moment.", 429) from None
        finally:
            for job in jobs:
                job.unwanted.set()

    def _stream(self, asked: Asked, job: Job, form: ReplyForm) -> None:
        """The answer as server-sent events, each with what is certain by then."""
        answer = _Answering(self, job, asked.stops)
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        self._event(form.piece("", None, first=True))
        try:
            for piece in answer:
                self._event(form.piece(piece, None))
        except Refused as refused:
            self._event(refused.body)
            return
        self._event(form.piece("", answer.reason))
        if asked.usage_in_stream:
            self._event(form.usage_piece(usage_of(asked.prompts, answer.generated)))
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, value: dict[str, Any]) -> None:
        self.wfile.write(b"data: " + json.dumps(value).encode() + b"\n\n")

    def _send(self, status: int, value: dict[str, Any]) -> None:
        content = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Content-Type-Options", "nosniff")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    def still_there(self) -> bool:
        """Whether the client has not hung up."""
        readable, _, _ = select.select([self.connection], [], [], 0)
        return not readable or self.connection.recv(1, socket.MSG_PEEK) != b""


class _Answering:
    """The pieces of one answer's text as they come; afterwards why it ended and how many tokens were drawn."""

    def __init__(self, handler: _Handler, job: Job, stops: list[str]) -> None:
        self._handler, self._job = handler, job
        self._text = TextStream(handler.server.tokenizer.decode, stops)
        self.reason = "stop"
        self.generated = 0
        self._looked = time.monotonic()

    def __iter__(self) -> Iterator[str]:
        while (event := self._next()).kind == "token":
            self.generated += 1
            if piece := self._text.feed(event.token):
                yield piece
            if self._text.stopped:
                self._job.unwanted.set()
                return
        if event.kind == "error":
            raise Refused(event.sentence, 500)
        self.reason = event.reason
        self.generated += event.reason == "stop"
        if piece := self._text.end():
            yield piece
        if self._text.stopped:
            self.reason = "stop"

    def _next(self) -> Event:
        while True:
            if time.monotonic() - self._looked >= SECONDS_BETWEEN_LOOKS:
                self._looked = time.monotonic()
                if not self._handler.still_there():
                    raise Gone
            with suppress(queue.Empty):
                return self._job.events.get(timeout=SECONDS_BETWEEN_LOOKS)
