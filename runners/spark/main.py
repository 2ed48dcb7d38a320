"""The script for `spark-submit`: its arguments are those of `sortline`."""

import runpy

runpy.run_module("framework.cli", run_name="__main__", alter_sys=True)
