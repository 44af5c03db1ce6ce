"""A web server on this machine that answers as a test wants it to, rightly or wrongly."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = bytes | int | Callable[[BaseHTTPRequestHandler], None]


class Server(ThreadingHTTPServer):
    """Answers from `answers`, by path, and notes in `asked` what it was asked for."""

    daemon_threads = True
    answers: dict[str, Answer]
    asked: list[str]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        answer = self.server.answers.get(self.path, 404)
        if callable(answer):
            answer(self)
        elif isinstance(answer, int):
            self.send_error(answer)
        else:
            begin(self, len(answer))
            self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def begin(handler: BaseHTTPRequestHandler, length: int) -> None:
    """Send the head of an answer that promises so many bytes."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(length))
    handler.end_headers()


def cut(content: bytes) -> Answer:
    """The connection ends in the middle of what was promised."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        begin(handler, len(content))
        handler.wfile.write(content[: len(content) // 2])

    return answer


def in_turn(*answers: Answer) -> Answer:
    """Another answer each time."""
    rest = iter(answers)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.server.answers[handler.path] = next(rest)
        handler.server.asked.pop()
        handler.do_GET()
        handler.server.answers[handler.path] = answer

    return answer


@contextmanager
def local_server() -> Iterator[Server]:
    server = Server(("127.0.0.1", 0), Handler)
    server.answers, server.asked = {}, []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
