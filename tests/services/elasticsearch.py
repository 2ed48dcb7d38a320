"""A real Elasticsearch node of the real distribution, on this machine alone."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.services.places import elasticsearch_home, jdk
from tests.services.process import Service, free_port

_SECONDS = 240.0
_SETTINGS = """
cluster.name: sortline-test
node.name: n1
path.data: {work}/data
path.logs: {work}/logs
http.host: 127.0.0.1
http.port: {http}
transport.host: 127.0.0.1
transport.port: {transport}
discovery.type: single-node
xpack.security.enabled: false
node.store.allow_mmap: false
cluster.routing.allocation.disk.threshold_enabled: false
action.destructive_requires_name: false
http.max_content_length: 8mb
"""


class Elasticsearch:
    """A node; its data stays from a `kill` to the next `start`. Raises `Missing`."""

    def __init__(self, heap: str = "512m") -> None:
        home, java = elasticsearch_home(), jdk() / "bin/java"
        # Not below a user's own folder: the node runs as nobody when we are root, which it refuses to be.
        self._work = Path(tempfile.mkdtemp(prefix="sortline-elasticsearch-"))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        for name in ("config", "data", "logs", "tmp"):
            (self._work / name).mkdir()
        for name in (
            "log4j2.properties",
            "jvm.options",
            "roles.yml",
            "role_mapping.yml",
            "users",
            "users_roles",
        ):
            shutil.copy(home / "config" / name, self._work / "config" / name)
        settings = _SETTINGS.format(work=self._work, http=self.port, transport=free_port())
        (self._work / "config/elasticsearch.yml").write_text(settings)
        launcher = ["-Xms4m", "-Xmx64m", "-XX:+UseSerialGC", "-cp", "{}/lib/tools/server-launcher/*"]
        command = [str(java), *launcher, "org.elasticsearch.server.launcher.ServerLauncher"]
        if os.getuid() == 0:
            home = self._linked(home)
            self._work.chmod(0o755)
            for path in (self._work, *(self._work / name for name in ("config", "data", "logs", "tmp"))):
                shutil.chown(path, "nobody", "nogroup")
            for path in (self._work / "config").iterdir():
                shutil.chown(path, "nobody", "nogroup")
            command = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *command]
        env = {
            "ES_HOME": str(home),
            "ES_PATH_CONF": str(self._work / "config"),
            "ES_TMPDIR": str(self._work / "tmp"),
            "ES_JAVA_OPTS": f"-Xms{heap} -Xmx{heap} -XX:-UsePerfData",
            "ES_JAVA_HOME": str(java.parent.parent),
            "ES_DISTRIBUTION_TYPE": "zip",
            "JAVA_TYPE": "ES_JAVA_HOME",
            "JAVA": str(java),
            "JAVA_TOOL_OPTIONS": "",
        }
        command = [part.format(home) for part in command]
        self._service = Service("Elasticsearch", command, self._work / "node.log", env, home)

    def start(self) -> None:
        """Start, and wait until all its indices can be written to."""
        self._service.start(self._is_ready, _SECONDS)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._service.kill()

    def remove(self) -> None:
        """End it and remove its data."""
        self._service.kill()
        shutil.rmtree(self._work, ignore_errors=True)

    def call(self, path: str, method: str = "GET", body: object = None) -> Any:
        """The JSON that the node answers."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.url}/{path}", data, {"content-type": "application/json"}, method=method
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def documents(self, indices: str) -> Iterator[dict[str, Any]]:
        """Every document of some indices, with its id."""
        found = self.call(f"{indices}/_search?scroll=1m&size=10000&sort=_doc&ignore_unavailable=true")
        while found["hits"]["hits"]:
            for hit in found["hits"]["hits"]:
                yield hit["_source"] | {"_id": hit["_id"]}
            found = self.call("_search/scroll", "POST", {"scroll": "1m", "scroll_id": found["_scroll_id"]})

    def _is_ready(self) -> bool:
        try:
            return self.call("_cluster/health?wait_for_status=yellow&timeout=1s")["timed_out"] is False
        except (OSError, urllib.error.HTTPError):
            return False

    def _linked(self, home: Path) -> Path:
        """The distribution where nobody may read it: links where the file system can, else a copy."""

        def link(source: str, target: str) -> None:
            try:
                os.link(source, target)
            except OSError:
                shutil.copy2(source, target)

        return Path(shutil.copytree(home, self._work / "home", copy_function=link))
