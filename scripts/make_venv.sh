#!/bin/sh
# Make .venv with the given Python; on a bare Debian, fetch the package that venv needs.
set -eu
python=${1:-python3}
[ -x .venv/bin/python ] && exit 0
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Python 3.11 or newer is needed; $python is $("$python" --version 2>&1)." >&2
    echo "Name another one: make run PYTHON=python3.12" >&2
    exit 1
}
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    if [ "$(id -u)" = 0 ]; then as_root=; elif command -v sudo >/dev/null; then as_root=sudo; else
        echo "Python's venv is missing. Install it: apt-get install python3-venv" >&2
        exit 1
    fi
    echo "Installing python3-venv."
    $as_root apt-get update -qq && $as_root apt-get install -y -qq python3-venv
fi
"$python" -m venv .venv
