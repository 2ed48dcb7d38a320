"""A real HTTP server on this machine that takes what webhooks send, and fails as told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Call:
    """One POST that came whole."""

    path: str
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class Answer:
    """What the server says: `drop` takes the call and then hangs up, `hang` never says anything."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: bool = False
    hang: bool = False


OK = Answer()


class Hook:
    """Answers each call as `script` says, by its number from 0 and itself; keeps all, and those it took."""

    def __init__(self, script: Callable[[int, Call], Answer] = lambda number, call: OK) -> None:
        self.calls: list[Call] = []
        self.taken: list[Call] = []
        self.script = script
        self._lock, self._end = threading.Lock(), threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    @property
    def told(self) -> list[dict[str, Any]]:
        """The transitions of all calls in plain JSON that it took, in order."""
        with self._lock:
            return [one for call in self.taken for one in call.body["transitions"]]

    @property
    def keys(self) -> list[str]:
        """Their keys."""
        return [one["key"] for one in self.told]

    def close(self) -> None:
        """End it, and all that hangs."""
        self._end.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                call = Call(self.path, dict(self.headers), json.loads(raw))
                with hook._lock:
                    answer = hook.script(len(hook.calls), call)
                    hook.calls.append(call)
                    if answer.status < 300 and not answer.hang:
                        hook.taken.append(call)
                if answer.hang:
                    hook._end.wait()
                if answer.hang or answer.drop:
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        return Handler
