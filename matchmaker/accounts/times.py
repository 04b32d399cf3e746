"""Times as records keep them: ISO 8601 texts in UTC with milliseconds, which sort as they pass."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta


def moment(text: str) -> datetime:
    """Read a time of a record.

    Examples
    --------
    >>> moment("2024-05-01T10:00:00.000Z").hour
    10
    """
    return datetime.fromisoformat(text)


def written(at: datetime) -> str:
    """Write a time as records keep it.

    Examples
    --------
    >>> written(datetime(2024, 5, 1, 10, tzinfo=UTC))
    '2024-05-01T10:00:00.000Z'
    """
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def later(now: str, span: timedelta) -> str:
    """Return the time a span after another; a negative span goes back.

    Examples
    --------
    >>> later("2024-05-01T10:00:00.000Z", timedelta(hours=12))
    '2024-05-01T22:00:00.000Z'
    """
    return written(moment(now) + span)


def seconds_until(now: str, then: str) -> int:
    """Return how many whole seconds lie between two times, rounded up, never negative.

    Examples
    --------
    >>> seconds_until("2024-05-01T10:00:00.000Z", "2024-05-01T10:00:59.001Z")
    60
    """
    span = moment(then) - moment(now)
    return max(0, -(-span // timedelta(seconds=1)))


def end_of_day(day: str) -> str:
    """Return the time at which a day (YYYY-MM-DD) is over.

    Raises
    ------
    ValueError
        If the text is no such day.

    Examples
    --------
    >>> end_of_day("2024-05-01")
    '2024-05-02T00:00:00.000Z'
    """
    found = date.fromisoformat(day)
    if found.isoformat() != day or found == date.max:
        raise ValueError(day)
    return written(datetime(found.year, found.month, found.day, tzinfo=UTC) + timedelta(days=1))
