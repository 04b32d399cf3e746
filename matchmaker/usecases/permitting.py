"""The one question before each use case: may this caller do that?  Refusals are recorded."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from uuid import uuid4

from matchmaker.errors import NotAllowedError, StoreUnavailableError
from matchmaker.permissions import Caller, Way, authorise
from matchmaker.usecases.service import Service


def permit(service: Service, caller: Caller, operation: str, owners: Collection[str] = ()) -> Way:
    """Return how an operation goes through for a caller; see :func:`~matchmaker.permissions.authorise`.

    Raises
    ------
    SignInNeededError, NotAllowedError
        If it does not.  The refusal of an account is recorded for the audit.
    """
    try:
        return authorise(caller, operation, owners)
    except NotAllowedError as error:
        if caller.account:
            note(service, caller.account, "refused", operation=operation, message=str(error))
        raise


def note(service: Service, account: str, action: str, **told: str) -> None:
    """Record an event for the audit; if it cannot be now, the work goes on."""
    fields = {"account": account, "action": action, "at": service.now(), **told}
    with contextlib.suppress(StoreUnavailableError):
        service.records.create("audit", str(uuid4()), fields)
