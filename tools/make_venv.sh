#!/bin/sh
# Make a virtual environment with a Python that lecturekit supports (3.11 to 3.13).
#
#   sh tools/make_venv.sh DIRECTORY      PYTHON=/path/to/python names the one to use
#
# A name on the PATH proves nothing: a pyenv shim can fail, Debian's python3 can lack
# ensurepip. So each candidate is asked for its version, then for the environment itself.
set -u

directory=$1
looked_at=""

supported() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

make_with() {
    rm -rf "$directory"
    "$1" -m venv "$directory" >/dev/null 2>&1 &&
        "$directory/bin/python" -m pip --version >/dev/null 2>&1 &&
        echo "$directory is made with $("$directory/bin/python" --version) ($1)"
}

if [ -n "${PYTHON:-}" ]; then
    if ! supported "$PYTHON"; then
        echo "PYTHON=$PYTHON does not run, or is not Python 3.11, 3.12 or 3.13." >&2
        exit 1
    fi
    make_with "$PYTHON" && exit 0
    rm -rf "$directory"
    echo "PYTHON=$PYTHON cannot make an environment: \"$PYTHON -m venv\" fails." >&2
    exit 1
fi

for candidate in python3 python3.13 python3.12 python3.11 python \
    "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[123]*/bin/python; do
    command -v "$candidate" >/dev/null 2>&1 || continue
    if ! supported "$candidate"; then
        looked_at="$looked_at
  $candidate: does not run, or is not 3.11 to 3.13"
    elif make_with "$candidate"; then
        exit 0
    else
        looked_at="$looked_at
  $candidate: \"$candidate -m venv\" fails (on Debian and Ubuntu: apt install python3-venv)"
    fi
done

rm -rf "$directory"
if command -v uv >/dev/null 2>&1; then
    # Only a Python that uv keeps itself: what is on the PATH has been tried, and uv would
    # stop at the first broken shim.
    uv venv --quiet --seed --python-preference only-managed --python '>=3.11,<3.14' \
        "$directory" &&
        echo "$directory is made with $("$directory/bin/python" --version) (by uv)" && exit 0
    rm -rf "$directory"
    looked_at="$looked_at
  uv: \"uv venv\" fails"
fi

cat >&2 <<END
No Python 3.11, 3.12 or 3.13 was found that can make an environment.${looked_at:+
Looked at:}$looked_at
Install one of these, then run make again:
  Debian, Ubuntu:  sudo apt install python3 python3-venv
  Fedora:          sudo dnf install python3.12
  macOS:           brew install python@3.12
  anywhere:        uv (https://docs.astral.sh/uv/), which brings its own Python
Or name a Python that is installed elsewhere:  make PYTHON=/path/to/python3.12
END
exit 1
