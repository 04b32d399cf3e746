"""A portal that keeps a copy of the graph, written from docs/change-feed.md alone."""

from __future__ import annotations

import json
import time
from typing import Any

import requests

Json = dict[str, Any]


class Portal:
    """A copy of the graph: begun from a dump, moved forward by the feed."""

    def __init__(self, base: str, page: int = 7) -> None:
        self.api = f"{base}/api/v1"
        self.page = page
        self.copy: dict[str, Json] = {}
        self.position = ""
        self.begun_at = 0
        self.applied: list[Json] = []
        self.failed = 0

    def get(self, path: str, **query: Any) -> requests.Response:
        """Ask until there is an answer: the service may be away."""
        while True:
            try:
                answer = requests.get(self.api + path, params=query, timeout=30)
            except requests.RequestException:
                self.failed += 1
                time.sleep(0.1)
                continue
            if answer.status_code < 500 and answer.status_code != 429:
                answer.raise_for_status()
                return answer
            self.failed += 1
            time.sleep(0.1)

    def dump(self) -> tuple[int, dict[str, Json]]:
        """Return the sequence and the entities of a whole dump."""
        head, *entities, end = map(json.loads, self.get("/dump").text.splitlines())
        assert end == {"end": True, "count": len(entities)}
        return head["sequence"], {entity["id"]: entity for entity in entities}

    def begin(self) -> None:
        self.begun_at, self.copy = self.dump()
        self.position = str(self.begun_at)

    def step(self, wait: int = 0) -> bool:
        """Apply one page; tell whether nothing follows it yet."""
        query = {"since": self.position, "limit": self.page, "wait": wait}
        page = self.get("/changes", **query).json()
        for item in page["items"]:
            # What the feed says was there before must be what the copy holds: else one was lost.
            assert self.copy.get(item["id"]) == item["before"], item
            if item["after"] is None:
                del self.copy[item["id"]]
            else:
                self.copy[item["id"]] = item["after"]
            self.applied.append(item)
        self.position = page["next"]
        return bool(page["end"])
