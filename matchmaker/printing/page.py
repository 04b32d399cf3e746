"""A document as HTML: as the main part of a page of the site, or as a file that stands alone."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Final

from matchmaker.printing.charts import chart_svg
from matchmaker.printing.document import (
    Block,
    Chart,
    Document,
    Heading,
    Link,
    Paragraph,
    Points,
    Table,
    Words,
)

Address = Callable[[str], str]
_STYLE: Final = """\
body{font:16px/1.5 Sarabun,"Noto Sans",system-ui,sans-serif;color:#17232b;max-width:60rem;
margin:2rem auto;padding:0 1rem}a{color:#0a5a86}table{border-collapse:collapse;width:100%;margin:1rem 0}
caption{text-align:left;color:#4a5a64;padding-bottom:.3rem}th,td{text-align:left;vertical-align:top;
padding:.35rem .7rem .35rem 0;border-bottom:1px solid #d5dde2}.number{text-align:right}
svg{width:100%;max-width:30rem;height:auto}.notice{border-left:4px solid #dcbf6b;padding:.2rem .8rem}
.small,footer{font-size:.875rem;color:#4a5a64}"""


def body_html(document: Document, address: Address = str) -> str:
    """Return the blocks of a document as HTML, with classes of the site's style sheet.

    Parameters
    ----------
    document : Document
        What to write.
    address : callable
        Turns each link's address into the one to write.
    """
    return "\n".join(_block(block, address) for block in document)


def file_html(document: Document, base: str) -> str:
    """Return a document as an HTML file that needs nothing else; links lead to the site."""
    body = body_html(document, lambda url: document.whole(url, base))
    title, kind = escape(document.title), escape(document.kind)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body>\n"
        f'<main><p class="small">{kind}</p>\n<h1>{title}</h1>\n{body}\n</main>\n'
        f"<footer><p>{escape(document.footer)}</p></footer>\n</body></html>\n"
    )


def _block(block: Block, address: Address) -> str:
    if isinstance(block, Heading):
        name = f"h{block.level + 1}"
        anchor = f' id="{escape(block.anchor)}"' if block.anchor else ""
        return f"<{name}{anchor}>{escape(block.text)}</{name}>"
    if isinstance(block, Paragraph):
        styles = {"plain": "", "lead": ' class="lead"', "note": ' class="notice"',
                  "small": ' class="small"'}  # fmt: skip
        return f"<p{styles[block.style]}>{_words(block.words, address)}</p>"
    if isinstance(block, Points):
        items = "".join(f"<li>{_words(item, address)}</li>" for item in block.items)
        return f"<ul>{items}</ul>"
    if isinstance(block, Chart):
        return chart_svg(block)
    return _table(block, address)


def _table(table: Table, address: Address) -> str:
    anchor = f' id="{escape(table.anchor)}"' if table.anchor else ""
    number = [' class="number"' if column.number else "" for column in table.columns]
    heads = "".join(
        f'<th scope="col"{kind}>{escape(column.title)}</th>'
        for column, kind in zip(table.columns, number, strict=True)
    )
    rows = []
    for row in table.rows:
        cells = [f'<th scope="row">{_words(row[0], address)}</th>']
        for column, kind, cell in zip(table.columns[1:], number[1:], row[1:], strict=True):
            name = escape(column.title)
            cells.append(f'<td{kind} data-name="{name}">{_words(cell, address)}</td>')
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return (
        f'<table class="stack"{anchor}><caption>{escape(table.caption)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>\n{chr(10).join(rows)}\n</tbody></table>"
    )


def _words(words: Words, address: Address) -> str:
    return "".join(
        f'<a href="{escape(address(piece.url))}">{escape(piece.text)}</a>'
        if isinstance(piece, Link)
        else escape(piece)
        for piece in words
    )
