#!/bin/sh
# The browser tests need a real Chromium: Debian's package, and fonts that hold Thai letters.
set -eu
command -v chromium >/dev/null && exit 0
if [ "$(id -u)" = 0 ]; then as_root=; elif command -v sudo >/dev/null; then as_root=sudo; else
    echo "Chromium is missing. Install it: apt-get install chromium fonts-thai-tlwg" >&2
    exit 1
fi
echo "Installing Chromium."
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
$as_root apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core fonts-thai-tlwg >/dev/null
