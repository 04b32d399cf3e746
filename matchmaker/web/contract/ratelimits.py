"""How often somebody may ask: a quota a minute for each account, or for each address without one.

Counts are kept in this process: several workers have counts of their own, so that the quota of a
service is that of one worker times their number, at most.

References
----------
Polli, R., Martínez, A., Miller, D. RateLimit header fields for HTTP.
draft-ietf-httpapi-ratelimit-headers-10.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from flask import Response, request

from matchmaker.errors import NotAllowedError, StoreUnavailableError, TooManyRequestsError
from matchmaker.permissions import Caller
from matchmaker.web.contract.address import client_address, neighbourhood
from matchmaker.web.contract.operation import Operation
from matchmaker.web.http import current_service

WINDOW: Final = 60  # seconds
MOST_KEPT: Final = 50_000
FORM_CHARGE: Final = 10
"""What a form that is sent costs: sign-in, among others."""
_REFUSALS: Final = 60  # refused credentials a minute for one address
_STANDING: Final = "matchmaker.standing"
_FREE: Final = ("/static/", "/healthz", "/readyz")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody stands in a quota: what is left, and in how many seconds it is whole again."""

    policy: str
    quota: int
    left: int
    seconds: int
    passes: bool = True


class Quotas:
    """Fixed windows, each from the first request of its holder on.

    Parameters
    ----------
    clock : callable
        Seconds that only rise.
    most : int
        How many holders are kept; beyond that the one whose window began first is forgotten.

    Notes
    -----
    O(1) amortised: windows are in order of their beginning, so those that are over are taken from
    the front.  ``MOST_KEPT`` holders take some 12 MB.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, most: int = MOST_KEPT) -> None:
        self._clock = clock
        self._most = most
        self._windows: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Return how many holders are kept."""
        return len(self._windows)

    def take(self, policy: str, holder: str, quota: int, charge: int) -> Standing:
        """Take a charge from a holder's quota; one that does not fit is not taken.

        A charge of 0 only asks whether anything is left.  A charge above the whole quota counts as
        the whole.

        Examples
        --------
        >>> quotas = Quotas(clock=lambda: 0.0)
        >>> [quotas.take("made-up", "someone", 3, 2).passes for _ in range(2)]
        [True, False]
        """
        key = f"{policy}:{holder}"
        charge = min(charge, quota)
        with self._lock:
            now = self._clock()
            while self._windows:
                first, (begun, _) = next(iter(self._windows.items()))
                if now - begun < WINDOW and len(self._windows) <= self._most:
                    break
                del self._windows[first]
            begun, used = self._windows.get(key, (now, 0))
            passes = used + max(charge, 1) <= quota
            if passes and charge:
                self._windows[key] = (begun, used := used + charge)
            seconds = max(1, math.ceil(begun + WINDOW - now))
        return Standing(policy, quota, quota - used, seconds, passes)


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Charges each request before it is answered, and tells where the caller stands.

    Parameters
    ----------
    quotas : Quotas
        Where counts are kept.
    operations : mapping of str to Operation
        By endpoint, for what a request costs.
    caller : callable
        Returns who makes the current request, or raises what refuses his credentials.
    """

    quotas: Quotas
    operations: Mapping[str, Operation]
    caller: Callable[[], Caller]

    def check(self) -> None:
        """Charge the current request.

        Raises
        ------
        TooManyRequestsError
            If the caller's quota is used up; ``seconds`` says how long to wait.
        """
        if request.method == "OPTIONS" or request.path.startswith(_FREE):
            return
        settings = current_service().settings
        if not settings.rate_limit and not settings.rate_limit_keyed:
            return
        place = neighbourhood(client_address())
        account = self._account(place)
        policy, quota, holder = (
            ("account", settings.rate_limit_keyed, account)
            if account
            else ("address", settings.rate_limit, place)
        )
        if quota:
            self._charge(policy, holder, quota, self._cost())

    def _account(self, place: str) -> str:
        """Return the account that asks; guessing keys is bounded by the address it comes from."""
        carries = "Authorization" in request.headers
        if carries:
            self._charge("refusals", place, _REFUSALS, 0)
        try:
            return self.caller().account
        except StoreUnavailableError:
            return ""
        except NotAllowedError:
            if carries:
                self._charge("refusals", place, _REFUSALS, 1)
            return ""

    def _cost(self) -> int:
        operation = self.operations.get(request.endpoint or "")
        if operation is not None:
            return operation.charge
        return 1 if request.method in ("GET", "HEAD") else FORM_CHARGE

    def _charge(self, policy: str, holder: str, quota: int, charge: int) -> None:
        standing = self.quotas.take(policy, holder, quota, charge)
        if charge or not standing.passes:
            request.environ[_STANDING] = standing
        if not standing.passes:
            raise TooManyRequestsError(
                f"The quota of {quota} a minute is used up ('{policy}'); it is whole again in "
                f"{standing.seconds} s.",
                standing.seconds,
            )


def tell(response: Response) -> Response:
    """Tell the caller of the current request where he stands."""
    standing: Standing | None = request.environ.get(_STANDING)
    if standing is not None:
        name = standing.policy
        response.headers["RateLimit-Policy"] = f'"{name}";q={standing.quota};w={WINDOW}'
        response.headers["RateLimit"] = f'"{name}";r={standing.left};t={standing.seconds}'
    return response
