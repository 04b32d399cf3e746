"""Another process that writes changes through the API, whatever becomes of the service meanwhile."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import requests

Json = dict[str, Any]


class Writer:
    """Sends each write until it is answered; repeated, each of them changes nothing more."""

    def __init__(self, base: str, key: str, need: Json) -> None:
        self.base = f"{base}/api/v1"
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {key}"
        self.need = {name: value for name, value in need.items() if name != "id"}
        self.repeated = 0

    def send(self, method: str, path: str, fine: tuple[int, ...], **sent: Any) -> None:
        for attempt in range(2000):
            try:
                answer = self.session.request(method, self.base + path, timeout=20, **sent)
            except requests.RequestException:
                self.repeated += 1
                time.sleep(0.2)
                continue
            if answer.status_code in fine or (attempt and answer.status_code == 404):
                return
            if answer.status_code < 500 and answer.status_code not in (409, 429):
                raise AssertionError(f"{method} {path}: {answer.status_code} {answer.text}")
            self.repeated += 1
            time.sleep(0.2)
        raise AssertionError(f"{method} {path} never went through")

    def write(self, number: int) -> None:
        """Make one change: new needs by PUT and by POST, changes of them, and deletions."""
        group, step = divmod(number, 5)
        one, two = f"portal-need-{group}-a", f"portal-need-{group}-b"
        if step == 0:
            document = {**self.need, "title": f"Need {group} of a made-up writer"}
            self.send("PUT", f"/needs/{one}", (200, 201), json=document)
        elif step == 1:
            document = {**self.need, "id": two, "title": f"Second need {group} of a made-up writer"}
            headers = {"Idempotency-Key": f"second-{group}"}
            self.send("POST", "/needs", (201,), json=document, headers=headers)
        elif step in (2, 3):
            patch = json.dumps({"title": f"Need {group}, change {step}"})
            headers = {"Content-Type": "application/merge-patch+json"}
            self.send("PATCH", f"/needs/{one}", (200,), data=patch, headers=headers)
        else:
            self.send("DELETE", f"/needs/{two}", (200,))


def main() -> None:
    """Write as many changes as the first line asks for, and tell how far it is."""
    task = json.loads(sys.stdin.readline())
    writer = Writer(task["base"], task["key"], task["need"])
    for number in range(task["count"]):
        writer.write(number)
        print(number + 1, flush=True)
    print(json.dumps({"repeated": writer.repeated}), flush=True)


if __name__ == "__main__":
    main()
