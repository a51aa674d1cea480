"""A real HTTP server that keeps what it is asked, and answers as it is told to."""

import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    #: With what comes after its `?`.
    path: str
    text: str


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_whose: Any) -> None:
        """A client that is killed says no goodbye."""


class HttpSink:
    """On a port of its own; `silent` lets it take requests and answer none."""

    def __init__(self) -> None:
        self.requests: list[Asked] = []
        #: The next answers; 200 when there are no more.
        self.answers: list[int] = []
        self.silent = False
        self._stopped = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def paths(self) -> list[str]:
        return [asked.path for asked in self.requests]

    def start(self) -> None:
        self._thread.start()

    def hang_up(self) -> None:
        """Let go of whom it kept waiting, and of whoever comes."""
        self._stopped.set()

    def stop(self) -> None:
        self.hang_up()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        sink = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                text = body.decode(errors="surrogateescape")
                sink.requests.append(Asked(self.command, self.path, text))
                if sink.silent:
                    sink._stopped.wait()
                    self.close_connection = True
                    return
                self.send_response(sink.answers.pop(0) if sink.answers else 200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"OK")

            do_GET = do_POST = answer  # noqa: N815 -- http.server calls them so

            def log_message(self, *_said: Any) -> None:
                """Say nothing."""

        return Handler
