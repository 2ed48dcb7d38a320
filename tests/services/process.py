"""A service's process: started on free ports, waited for, never left behind."""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_TERMINATE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Service:
    """A process group with its log. Ends with this process, whatever way that ends."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        env: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        self.name, self._command, self._log, self._folder = name, list(command), log, folder
        self._env = {**os.environ, **(env or {})}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, ready: Callable[[], bool], seconds: float) -> None:
        """Start, and wait until it is ready. Raises `RuntimeError` with the end of its log."""
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._env,
                cwd=self._folder,
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )
        atexit.register(self.kill)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self._process.poll() is not None:
                raise RuntimeError(f"{self.name} ended with {self._process.returncode}:\n{self.tail()}")
            if ready():
                return
            time.sleep(0.1)
        self.kill()
        raise RuntimeError(f"{self.name} was not ready after {seconds:g} s:\n{self.tail()}")

    def stop(self, seconds: float = 20.0) -> None:
        """End it as one should; kill it when that takes too long."""
        if self._process is not None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
        self.kill()

    def kill(self) -> None:
        """Kill it and all its children at once."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
            atexit.unregister(self.kill)

    def tail(self, lines: int = 30) -> str:
        """The end of its log."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-lines:])


def listens(port: int) -> bool:
    """Whether someone answers at a port of this machine."""
    with socket.socket() as one:
        one.settimeout(1)
        return one.connect_ex(("127.0.0.1", port)) == 0


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_TERMINATE_WITH_PARENT, signal.SIGTERM)
