# Sourced: makes `uv` available, from the machine or from the Python package index.
unset PYTHONDONTWRITEBYTECODE  # every command would compile Beam anew
if ! command -v uv >/dev/null 2>&1; then
  python=$(command -v python3.12 || command -v python3.11 || command -v python3 || true)
  if [ -z "$python" ]; then
    echo "Python is missing: install Python 3.11 or 3.12, then run this again" >&2
    exit 1
  fi
  tools="$PWD/.sortline/tools"
  if [ ! -x "$tools/bin/uv" ]; then
    "$python" -m venv "$tools" || { echo "python's venv module is missing: install it (Debian: apt-get install python3-venv)" >&2; exit 1; }
    "$tools/bin/pip" install --quiet --disable-pip-version-check uv || { echo "uv could not be fetched from the Python package index: check the network, or install uv by hand" >&2; exit 1; }
  fi
  PATH="$tools/bin:$PATH"
fi
