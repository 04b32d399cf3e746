"""Tools of npm that tests run: fetched once, at the versions of a lock file."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

from matchmaker.settings import Settings


def installed(name: str, folder: Path) -> Path:
    """Return a folder in the cache with all files of a folder and the packages that it locks."""
    files = sorted(file for file in folder.iterdir() if file.is_file())
    mark = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]
    made = Settings().cache_dir / f"{name}-{mark}"
    if not (made / "complete").exists():
        made.mkdir(parents=True, exist_ok=True)
        for file in files:
            shutil.copy(file, made)
        npm = shutil.which("npm")
        assert npm, "npm is missing: sh scripts/need_node.sh"
        command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        subprocess.run(command, cwd=made, check=True, capture_output=True)
        (made / "complete").touch()
    return made
