"""A Kinesis endpoint for the demo, in Python alone; prints nothing, ends with its parent."""

from __future__ import annotations

import sys

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, run_simple


class Quiet(WSGIRequestHandler):
    """Says nothing of requests."""

    def log(self, *_: object) -> None:
        """Keep quiet."""


if __name__ == "__main__":
    # One request at a time: it loses records when two arrive at once.
    run_simple(
        "127.0.0.1",
        int(sys.argv[1]),
        DomainDispatcherApplication(create_backend_app),
        threaded=False,
        request_handler=Quiet,
    )
