"""The message of a digest: short, plain, with a link that explains each match and one that stops it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from matchmaker.mail import Attachment
from matchmaker.records import Record
from matchmaker.usecases.accounts import public_url
from matchmaker.usecases.alerts.unsubscribing import link
from matchmaker.usecases.service import Service

PAGE: Final = "/account/searches"
"""Page that lists an account's searches."""
_LONGEST_LIST: Final = 12_000
_LONGEST_LINE: Final = 160


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to be sent, without its recipient."""

    subject: str
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)
    attachment: Attachment | None = None


def title_of(digest: Mapping[str, Any]) -> str:
    """Return what a digest is called.

    Examples
    --------
    >>> title_of({"searches": [{"keys": ["a"]}]})
    '1 new result in a saved search'
    >>> title_of({"searches": [{"keys": ["a"]}, {"keys": ["b", "c"]}]})
    '3 new results in 2 saved searches'
    """
    count = sum(len(line["keys"]) for line in digest["searches"])
    searches = len(digest["searches"])
    where = "a saved search" if searches == 1 else f"{searches} saved searches"
    return f"{count:,} new result{'' if count == 1 else 's'} in {where}"


def letter_of(service: Service, notice: Record) -> Letter:
    """Return the message of a notice about a digest."""
    digest = service.records.get("digest", notice["letter"])
    lines = digest["searches"] if digest else []
    stop = link(service, "account", notice["account"])
    parts = [notice["title"], ""]
    for number, line in enumerate(lines):
        told = _told(service, line)
        if sum(map(len, parts)) + len(told) > _LONGEST_LIST:
            parts += [f"... and more in {len(lines) - number} saved searches.", ""]
            break
        parts += [told, ""]
    parts += [
        "All your saved searches:", f"{public_url(service.settings)}{PAGE}", "",
        "Stop all mail about saved searches (you need not sign in):", stop, "",
    ]  # fmt: skip
    domain = service.settings.mail_from.rpartition("@")[2]
    headers = {
        # The same when it is sent again because a process was killed after it was taken.
        "Message-ID": f"<{notice.id}@{domain}>",
        "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return Letter(notice["title"], "\n".join(parts), headers)


def address_of(item: Mapping[str, Any]) -> str:
    """Return the path of the page that explains a match or shows an entry of a list."""
    if item["entity"]:
        return f"/nodes/{item['entity']}"
    return f"/matches/{item['need']}/{item['target']}"


def _told(service: Service, line: Mapping[str, Any]) -> str:
    """Return what a message says of one search."""
    base, more = public_url(service.settings), len(line["keys"]) - len(line["items"])
    found = [line["title"][:_LONGEST_LINE]]
    for item in line["items"]:
        caption = item["caption"]
        if len(caption) > _LONGEST_LINE:
            caption = f"{caption[: _LONGEST_LINE - 3]}..."
        score = f" ({item['score']:.2f}, {item['band']})" if item["entity"] == "" else ""
        found += [f"- {caption}{score}", f"  {base}{address_of(item)}"]
    if more:
        found.append(f"- and {more:,} more")
    found += ["  Pause this search:", f"  {link(service, 'search', line['search'])}"]
    return "\n".join(found)
