"""`sortline-worker`: a Python worker of an executor, in place of Beam's own boot program.

The runner calls it as `sortline-worker --id=ID --provision_endpoint=HOST:PORT`; all else it asks there.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time

_ENDPOINTS = {"logging": "LOGGING_API", "control": "CONTROL_API", "status": "STATUS_API"}


def main(arguments: list[str] | None = None) -> None:
    """Ask the runner what to do, then serve it until it ends."""
    parser = argparse.ArgumentParser(prog="sortline-worker", description=__doc__)
    parser.add_argument("--id", required=True)
    parser.add_argument("--provision_endpoint", required=True)
    given, _ = parser.parse_known_args(arguments)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    # The runner reads neither, and a full pipe would stop the worker; its log goes by the logging endpoint.
    with open(os.environ.get("SORTLINE_WORKER_LOG") or os.devnull, "a", buffering=1) as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    os.environ.update(_environment(given.id, given.provision_endpoint))
    from apache_beam.runners.worker import sdk_worker_main

    import framework.pipeline.build  # noqa: F401  so that the first bundle need not wait for it

    sdk_worker_main.main(sys.argv[:1])


def _environment(name: str, endpoint: str) -> dict[str, str]:
    import grpc
    from apache_beam.portability.api import beam_provision_api_pb2 as messages
    from apache_beam.portability.api import beam_provision_api_pb2_grpc as services
    from google.protobuf import json_format

    with grpc.insecure_channel(endpoint) as channel:
        service = services.ProvisionServiceStub(channel)
        asked = messages.GetProvisionInfoRequest()
        info = service.GetProvisionInfo(asked, metadata=[("worker_id", name)]).info
    found = {
        f"{variable}_SERVICE_DESCRIPTOR": f'url: "{url}"'
        for part, variable in _ENDPOINTS.items()
        if (url := getattr(info, f"{part}_endpoint").url)
    }
    return found | {
        "WORKER_ID": name,
        "RUNNER_CAPABILITIES": " ".join(info.runner_capabilities),
        "PIPELINE_OPTIONS": json_format.MessageToJson(info.pipeline_options),
        "SEMI_PERSISTENT_DIRECTORY": tempfile.gettempdir(),
    }


def _end_with(parent: int) -> None:
    """A worker whose executor was killed has nobody to serve, and must not go on writing."""
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)


if __name__ == "__main__":
    main()
