"""A reader of pages: their links, and whether their HTML holds together."""

from __future__ import annotations

from html.parser import HTMLParser

_VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
_SVG_EMPTY = {"circle", "path", "rect", "use"}


class Page(HTMLParser):
    """One page, read: ``links``, ``faults``, ``ids`` and all its ``text``."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.references: list[str] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        self.faults += [f"<{tag}> is never closed" for tag in self._open]
        self.faults += [f"id {i!r} stands twice" for i in set(self.ids) if self.ids.count(i) > 1]
        self.faults += [f"there is no id {i!r}" for i in self.references if i not in self.ids]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(tag, dict(attrs))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(tag, dict(attrs))
        if tag not in _SVG_EMPTY:
            self.faults.append(f"<{tag}/> closes itself")

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> at line {self.getpos()[0]} closes something else")

    def handle_data(self, data: str) -> None:
        self.text += data

    def _note(self, tag: str, attributes: dict[str, str | None]) -> None:
        if "style" in attributes or tag in ("style", "script"):
            self.faults.append(f"<{tag}> carries inline style or script")
        if tag == "img" and "alt" not in attributes:
            self.faults.append("an image has no alt")
        if (identifier := attributes.get("id")) is not None:
            self.ids.append(identifier)
        for name in ("aria-labelledby", "for"):
            self.references += (attributes.get(name) or "").split()
        href = attributes.get("href")
        if tag == "a" and not href:
            self.faults.append("a link leads nowhere")
        if href:
            self.links.append(href)
