"""What follows from the moves of a white paper: notices, and its editions in the repository.

Everything here can be repeated: notices and editions have identifiers that follow from what they are
about.  A record says for how many moves it is done; the clock does what a process that died has left.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from matchmaker.accounts.times import later
from matchmaker.errors import MatchmakerError, StoreUnavailableError
from matchmaker.records import Plain
from matchmaker.usecases.service import Service
from matchmaker.usecases.whitepapers.keeping import KIND, Paper, alter, found, rules_of
from matchmaker.usecases.whitepapers.publishing import publish
from matchmaker.usecases.whitepapers.telling import tell
from matchmaker.whitepapers.rules import Rules

_PAGE = 100
_log = logging.getLogger(__name__)


def settle(service: Service, rules: Rules, paper_id: str) -> Paper:
    """Do what follows from the moves of a white paper, and write down that it is done.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    one = found(service, paper_id)
    if one.told >= one.version:
        return one
    try:
        publish(service, one)
    except StoreUnavailableError:
        raise
    except MatchmakerError as error:  # such as an author that is gone: people are told all the same
        _log.warning("The white paper %s could not be published: %s", one.id, error)
    tell(service, rules, one)
    done = one.version

    def told(held: Paper) -> Paper | None:
        return replace(held, told=done) if held.told < done else None

    return alter(service, one.id, told)


def settle_due(service: Service, stopped: Callable[[], bool] = lambda: False) -> int:
    """Settle every white paper of which something is left to do; return how many."""
    rules = rules_of(service)
    until = later(service.now(), timedelta(milliseconds=1))
    after: tuple[Plain, str] | None = None
    done = 0
    while page := service.records.find(
        KIND, before={"next_at": until}, order_by="next_at", after=after, limit=_PAGE
    ):
        after = (page[-1]["next_at"], page[-1].id)
        for record in page:
            if stopped():
                return done
            try:
                settle(service, rules, record.id)
                done += 1
            except StoreUnavailableError:
                raise
            except Exception:  # noqa: BLE001  # one that cannot be settled holds up no other
                _log.exception("The white paper %s could not be settled", record.id)
    return done
