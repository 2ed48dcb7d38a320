"""A proxy before an HTTP service, in which tests put faults."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    """What a client gets. None in its place: the connection is cut."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = (
        ("content-type", "application/json"),
        ("x-elastic-product", "Elasticsearch"),
    )


@dataclass(frozen=True)
class Request:
    """What a client asks; `forward` gives the service's own answer, for this body or another."""

    method: str
    path: str
    body: bytes
    forward: Callable[[bytes], Answer]


Fault = Callable[[Request], Answer | None]


class Proxy:
    """Passes all on to a service, but for what `fault` makes of it."""

    def __init__(self, target: str) -> None:
        self.fault: Fault = lambda request: request.forward(request.body)
        proxy, place = self, urlsplit(target)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _pass(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                sent = {
                    key: value
                    for key, value in self.headers.items()
                    if key.lower() not in ("host", "content-length")
                }

                def forward(body: bytes) -> Answer:
                    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
                    connection.request(self.command, self.path, body, sent)
                    got = connection.getresponse()
                    kept = [
                        (k, v)
                        for k, v in got.getheaders()
                        if k.lower() not in ("content-length", "transfer-encoding")
                    ]
                    return Answer(got.status, got.read(), tuple(kept))

                try:
                    answer = proxy.fault(Request(self.command, self.path, body, forward))
                except OSError:
                    answer = None
                if answer is None:
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for key, value in answer.headers:
                    self.send_header(key, value)
                self.send_header("content-length", str(len(answer.body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer.body)

            do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _pass  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """Listen no more, and cut the connections there are."""
        self.fault = lambda request: None
        self._server.shutdown()
        self._server.server_close()
