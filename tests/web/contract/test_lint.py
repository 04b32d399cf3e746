"""The OpenAPI document passes the linter that others use, with its recommended rules."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from flask.testing import FlaskClient

from tests.npm import installed

FOLDER = Path(__file__).parents[1] / "lint"


def faults(document: bytes, folder: Path) -> list[str]:
    """Return what spectral finds, down to hints."""
    made = installed("spectral", FOLDER)
    file = folder / "openapi.json"
    file.write_bytes(document)
    command = [
        made / "node_modules/.bin/spectral", "lint", file, "--ruleset", FOLDER / "ruleset.yaml",
        "--format", "json", "--fail-severity", "hint", "--quiet",
    ]  # fmt: skip
    run = subprocess.run(command, cwd=made, capture_output=True, text=True, check=False)
    found, _ = json.JSONDecoder().raw_decode(run.stdout or "[]")
    assert run.returncode == (1 if found else 0), run.stderr
    return [f"{f['code']}: {f['message']} at {'.'.join(map(str, f['path']))}" for f in found]


def test_the_document_has_no_fault_and_no_warning(client: FlaskClient, tmp_path: Path) -> None:
    assert faults(client.get("/api/v1/openapi.json").data, tmp_path) == []


def test_the_linter_finds_what_is_wrong(client: FlaskClient, tmp_path: Path) -> None:
    document = client.get("/api/v1/openapi.json").json
    assert document is not None
    del document["paths"]["/api/v1/cities"]["get"]["operationId"]
    document["paths"]["/api/v1/cities/{id}"]["get"]["parameters"] = []
    codes = {fault.partition(":")[0] for fault in faults(json.dumps(document).encode(), tmp_path)}
    assert {"operation-operationId", "path-params"} <= codes
