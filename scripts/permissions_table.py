"""Write ``docs/permissions.md`` from the table of permissions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from matchmaker.permissions import OPERATIONS, SANDBOX, Grant, Role, Way

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "permissions.md"
_WORDS: Final = {Way.YES: "yes", Way.QUEUE: "review", Way.NO: "–"}
_ABOUT: Final = """\
# Who may do what

This page is written by `python -m scripts.permissions_table` from the table in
`matchmaker/permissions.py`, which every use case asks before anything else. `tests/web/test_matrix.py`
asks every operation of the API as every role and checks that it is refused exactly where the table
says so.

- **yes**: at once. **review**: it waits until the secretariat, or the city's own officer, publishes
  it. **–**: refused.
- **own**: with what is one's own (the need of an officer's city, the offer of an account's partner,
  one's own account, keys, webhooks and submissions); whatever is not named so holds for all.
- **Scope**: what an API key needs for it, however much its account may. A key of the **sandbox**
  reads, and what it writes is checked and not kept; where the column says –, it is refused.
- To see what is for members takes a role from partner upwards and, with a key, `read:members`.
"""


def _cell(grant: Grant) -> str:
    """Return how an operation goes through, as a cell of the table."""
    own, others = _WORDS[grant.own], _WORDS[grant.others]
    if own == others:
        return own
    return f"{own} (own)" if grant.others is Way.NO else f"{own} (own), else {others}"


def _lines() -> Iterator[str]:
    roles = [role.value.replace("_", " ") for role in Role]
    yield f"| Operation | What it does | Scope | Sandbox | {' | '.join(roles)} |"
    yield "|" + "---|" * (len(roles) + 4)
    for name, line in OPERATIONS.items():
        cells = " | ".join(_cell(line.grant(role)) for role in Role)
        sandbox = "yes" if name in SANDBOX else "–"
        yield f"| `{name}` | {line.does} | `{line.scope.value}` | {sandbox} | {cells} |"


def page() -> str:
    """Return the page."""
    return "\n".join([_ABOUT, *_lines(), ""])


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
