"""A real OpenID Connect provider for tests (npm's ``oidc-provider``), and a person with a browser."""

from __future__ import annotations

import hashlib
import html
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

import requests

from matchmaker.settings import Settings

FOLDER = Path(__file__).parent / "provider"
CLIENT_ID = "matchmaker"
CLIENT_SECRET = "a-client-secret-for-tests-only"


@contextmanager
def provider(redirect_uri: str) -> Iterator[str]:
    """Run a provider on the loopback that sends people back to an address; yield its issuer."""
    node = shutil.which("node")
    assert node, "The tests of sign-in at a provider need Node.js: apt-get install nodejs npm"
    command = [node, "provider.mjs", redirect_uri]
    process = subprocess.Popen(
        command, cwd=_installed(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def _installed() -> Path:
    """Return a folder with the provider and what it needs, fetched once by npm."""
    files = [FOLDER / name for name in ("package.json", "package-lock.json", "provider.mjs")]
    mark = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]
    folder = Settings().cache_dir / f"oidc-provider-{mark}"
    if not (folder / "complete").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            shutil.copy(file, folder)
        npm = shutil.which("npm")
        assert npm, "The tests of sign-in at a provider need npm: apt-get install nodejs npm"
        command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        (folder / "complete").touch()
    return folder


def sign_in_there(address: str, name: str, until: str) -> str:
    """Sign in as somebody at the provider, and return the address of ours that it leads back to."""
    browser = requests.Session()
    answer = browser.get(address, allow_redirects=False, timeout=10)
    for _ in range(20):
        if answer.status_code in (302, 303):
            onward = urljoin(answer.url, answer.headers["Location"])
            if onward.startswith(until):
                return onward
            answer = browser.get(onward, allow_redirects=False, timeout=10)
            continue
        assert answer.status_code == 200, answer.text
        action = re.search(r'<form[^>]+action="([^"]+)"', answer.text)
        assert action, answer.text
        form = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]+)"', answer.text))
        form |= {"login": name, "password": "any"} if 'name="login"' in answer.text else {}
        target = urljoin(answer.url, html.unescape(action[1]))
        answer = browser.post(target, data=form, allow_redirects=False, timeout=10)
    raise AssertionError("the provider never leads back")
