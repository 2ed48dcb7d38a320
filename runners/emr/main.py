"""The script for `spark-submit` on EMR: fetches the secrets, then is `sortline` with the arguments given."""

import runpy

from runners.emr.secret import SecretMissing, fetch

try:
    fetch()
except SecretMissing as error:
    raise SystemExit(f"sortline: {error}") from None
runpy.run_module("framework.cli", run_name="__main__", alter_sys=True)
