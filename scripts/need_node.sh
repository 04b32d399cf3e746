#!/bin/sh
# Some tests run tools of npm (a linter of the API's document, a sign-in provider): Debian's Node.js.
set -eu
command -v node >/dev/null && command -v npm >/dev/null && exit 0
if [ "$(id -u)" = 0 ]; then as_root=; elif command -v sudo >/dev/null; then as_root=sudo; else
    echo "Node.js or npm is missing. Install them: apt-get install nodejs npm" >&2
    exit 1
fi
echo "Installing Node.js and npm."
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
$as_root apt-get install -y -qq --no-install-recommends nodejs npm >/dev/null
