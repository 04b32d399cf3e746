"""Commands about engagements, for whoever runs the service: they act as its operator."""

from __future__ import annotations

import sys
from typing import Any

import click

from matchmaker.cli_tools import as_json, opened_service, show
from matchmaker.permissions import SYSTEM
from matchmaker.usecases.brokering.checking import check as check_all
from matchmaker.usecases.brokering.listing import list_engagements


@click.group()
def engagements() -> None:
    """Look at engagements, and check that their histories and what is kept agree."""


@engagements.command()
@as_json
def check(json_: bool) -> None:
    """Rebuild every engagement from its moves and compare; exit code 1 if anything differs."""
    with opened_service() as service:
        done = check_all(service)
    if json_:
        show({"engagements": done.engagements, "faults": list(done.faults)})
    else:
        click.echo("\n".join((*done.faults, f"{done.engagements} engagements rebuilt.")))
    sys.exit(1 if done.faults else 0)


@engagements.command("list")
@click.option("--stage", help="Only this stage, or 'open' or 'ended'.")
@click.option("--overdue", is_flag=True, help="Only where somebody's time is out.")
@as_json
def list_(stage: str | None, overdue: bool, json_: bool) -> None:
    """List engagements, those opened last first."""
    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    with opened_service() as service:
        while cursor is not None:
            page = list_engagements(
                service, SYSTEM, stage=stage, overdue=overdue, cursor=cursor, limit=200
            )
            found += page.items
            cursor = page.next or None
    if json_:
        show(found)
    else:
        click.echo("\n".join(map(_line, found)) or "There is no engagement.")


def _line(one: dict[str, Any]) -> str:
    waits = ", ".join(f"{wait['label']} until {wait['due_at'][:10]}" for wait in one["waits"])
    waiting = f"  waits for {waits}" if waits else ""
    return f"{one['id']}  {one['stage']:<13}  {one['need']['id']}  {one['partner']['id']}{waiting}"
