"""The script for `spark-submit` on EMR: fetches secrets and definitions, then is `sortline`."""

import runpy
from pathlib import Path

from runners.emr.problems import EmrError
from runners.emr.published import FOLDER, follow
from runners.emr.secret import fetch

try:
    fetch()
    follow(Path("definitions"), Path(FOLDER))
except EmrError as error:
    raise SystemExit(f"sortline: {error}") from None
runpy.run_module("framework.cli", run_name="__main__", alter_sys=True)
