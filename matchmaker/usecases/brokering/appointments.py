"""Meetings of an engagement as the calendar file that its parties take over."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from matchmaker.brokering.appointments import meetings_of
from matchmaker.meetings.invitations import Occasion, invitation
from matchmaker.usecases.accounts import public_url
from matchmaker.usecases.brokering.keeping import Engagement
from matchmaker.usecases.brokering.showing import caption
from matchmaker.usecases.service import Service

FILE_NAME: Final = "meetings.ics"
_PAGE: Final = "/desk/engagements/"


def calendar(service: Service, one: Engagement) -> bytes:
    """Return the calendar file of an engagement's meetings, those called off marked as cancelled.

    It asks for no permission: see ``engaging.calendar_of``.
    """
    need, partner = one.opening.need, one.opening.partner
    name = f"{caption(service, partner)} for {caption(service, need)}"
    address = f"{public_url(service.settings)}{_PAGE}{one.id}"
    return invitation(name, f"engagement:{one.id}", _occasions(one), address)


def _occasions(one: Engagement) -> Iterable[Occasion]:
    for held in meetings_of(one.moves):
        when = held.appointment
        yield Occasion(
            str(held.number), when.title, when.start, when.end, when.time_zone, when.place,
            held.sequence, held.at, held.cancelled,
        )  # fmt: skip
