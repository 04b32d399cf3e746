"""What an account has beside the graph: submissions, uploads and webhooks."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Final

from matchmaker_client.collections import LARGEST_PAGE, once, pages, segment
from matchmaker_client.transport import Transport
from matchmaker_client.types.feed import Delivery, NewWebhook, Webhook
from matchmaker_client.types.writing import Submission, SubmissionDetail, Upload, UploadDetail

_UNDER_WAY: Final = frozenset({"checking", "staging"})


class Submissions:
    """Writes that wait for review, and what became of them."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def find(self, *, state: str | None = None, type: str | None = None) -> Iterator[Submission]:
        """Return one's own submissions and those about one's own."""
        asked = {"state": state, "type": type, "limit": LARGEST_PAGE}
        return pages(self._transport, "/submissions", asked)

    def get(self, id: str) -> SubmissionDetail:
        """Return one submission with what it would change."""
        found: SubmissionDetail = self._transport.get(f"/submissions/{segment(id)}")
        return found

    def withdraw(self, id: str) -> SubmissionDetail:
        """Take a submission of one's own back."""
        path = f"/submissions/{segment(id)}:withdraw"
        done: SubmissionDetail = self._transport.write("POST", path, headers=once(None))
        return done


class Uploads:
    """Many rows at once, all or nothing."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def send(
        self, rows: bytes, *, type: str | None = None, mode: str = "all-or-nothing",
        dry_run: bool = False,
    ) -> Upload:  # fmt: skip
        """Send a table (with ``type``, such as ``needs``) or lines of JSON; it is worked on later."""
        media = "text/csv" if type else "application/x-ndjson"
        asked = {"type": type, "mode": mode, "validate": "only" if dry_run else None}
        made: Upload = self._transport.write(
            "POST", "/uploads", rows, parameters=asked, media=media, repeatable=False
        )
        return made

    def get(self, id: str) -> UploadDetail:
        """Return how far an upload is, and what is wrong with it row by row."""
        found: UploadDetail = self._transport.get(f"/uploads/{segment(id)}")
        return found

    def wait(self, id: str, *, seconds: float = 600, every: float = 1) -> UploadDetail:
        """Return an upload once it has ended, or as it is when the time is over."""
        until = time.monotonic() + seconds
        while True:
            found = self.get(id)
            if found["state"] not in _UNDER_WAY or time.monotonic() > until:
                return found
            time.sleep(every)


class Webhooks:
    """Addresses of one's own that changes are delivered to."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(
        self, url: str, *, types: Sequence[str] = (), secret: str | None = None,
        since: str | None = None,
    ) -> NewWebhook:  # fmt: skip
        """Create a webhook; its secret is told this once.

        Notes
        -----
        Not repeated if no answer comes: look with :meth:`find` whether it was made.
        """
        given = {"url": url, "types": list(types), "secret": secret, "since": since}
        sent = {name: value for name, value in given.items() if value}
        made: NewWebhook = self._transport.write("POST", "/webhooks", sent, repeatable=False)
        return made

    def find(self) -> list[Webhook]:
        """Return one's webhooks, oldest first."""
        found: list[Webhook] = self._transport.get("/webhooks")["items"]
        return found

    def get(self, id: str) -> Webhook:
        """Return one webhook."""
        found: Webhook = self._transport.get(f"/webhooks/{segment(id)}")
        return found

    def delete(self, id: str) -> None:
        """Delete a webhook."""
        self._transport.write("DELETE", f"/webhooks/{segment(id)}")

    def pause(self, id: str) -> Webhook:
        """Stop deliveries until it is resumed; nothing is lost meanwhile."""
        done: Webhook = self._transport.write("POST", f"/webhooks/{segment(id)}:pause")
        return done

    def resume(self, id: str) -> Webhook:
        """Go on with deliveries."""
        done: Webhook = self._transport.write("POST", f"/webhooks/{segment(id)}:resume")
        return done

    def ping(self, id: str) -> Delivery:
        """Have a message without changes sent."""
        path = f"/webhooks/{segment(id)}:ping"
        made: Delivery = self._transport.write("POST", path, repeatable=False)
        return made

    def replay(self, id: str, *, since: str) -> Webhook:
        """Have everything after a position delivered again."""
        path = f"/webhooks/{segment(id)}:replay"
        done: Webhook = self._transport.write("POST", path, {"since": since})
        return done

    def replay_delivery(self, id: str, delivery: str) -> Delivery:
        """Have a dead letter delivered again."""
        path = f"/webhooks/{segment(id)}:replay"
        sent = {"delivery": delivery}
        done: Delivery = self._transport.write("POST", path, sent, repeatable=False)
        return done

    def deliveries(self, id: str, *, state: str | None = None) -> Iterator[Delivery]:
        """Return dead letters, pings and what was sent again, newest first."""
        asked = {"state": state, "limit": LARGEST_PAGE}
        return pages(self._transport, f"/webhooks/{segment(id)}/deliveries", asked)
