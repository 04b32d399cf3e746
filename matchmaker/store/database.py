"""One door to the driver: bounded waiting, repeats that cannot double a write, one table of errors."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, LiteralString, TypeVar
from urllib.parse import urlsplit

import neo4j
from neo4j import exceptions

from matchmaker.errors import StoreUnavailableError
from matchmaker.store.connection import Connection

T = TypeVar("T")
Work = Callable[[neo4j.ManagedTransaction | neo4j.Transaction], T]
Transaction = neo4j.ManagedTransaction | neo4j.Transaction

CONNECT_SECONDS = 3.0
RETRY_SECONDS = 3.0
TRANSACTION_SECONDS = 30.0
_ATTEMPTS = 3
_PAUSE = 0.2
_ADDRESS = "The address of the database cannot be used; check NEO4J_URI."


class Database:
    """A pool of connections to one Neo4j database.

    Parameters
    ----------
    connection : Connection
        Where it answers.  Nothing is opened before the first use.

    Notes
    -----
    Reads go where writes go (in a cluster, to the leader): the log must never be read from a member
    that lags behind.
    """

    def __init__(self, connection: Connection) -> None:
        self._name = connection.database
        try:
            urlsplit(connection.uri).port  # noqa: B018  # the driver finds a wrong one too late
        except ValueError as error:
            raise StoreUnavailableError(_ADDRESS) from error
        with translated():
            self._driver = neo4j.GraphDatabase.driver(
                connection.uri,
                auth=(connection.user, connection.password),
                connection_timeout=CONNECT_SECONDS,
                connection_acquisition_timeout=CONNECT_SECONDS + 1,
                max_transaction_retry_time=RETRY_SECONDS,
                liveness_check_timeout=10.0,
                notifications_min_severity="OFF",
                user_agent="matchmaker",
            )

    def close(self) -> None:
        """Close all connections."""
        self._driver.close()

    def once(self, work: Work[T]) -> T:
        """Do some reading in one transaction and fail at once if the database is away.

        Raises
        ------
        StoreUnavailableError
            If the database cannot be reached or refuses.
        """
        with (
            translated(),
            self._driver.session(database=self._name) as session,
            session.begin_transaction(timeout=TRANSACTION_SECONDS) as transaction,
        ):
            return work(transaction)

    def run(self, work: Work[T]) -> T:
        """Do some work in one transaction and commit it, again after a passing trouble.

        Parameters
        ----------
        work : callable
            Called with the transaction, maybe several times.  It must see for itself what an earlier
            call has committed: when a connection breaks during a commit, nobody else knows.

        Raises
        ------
        StoreUnavailableError
            If the database cannot be reached or refuses.
        """
        bounded = neo4j.unit_of_work(timeout=TRANSACTION_SECONDS)(work)
        with translated():
            for attempt in range(1, _ATTEMPTS + 1):
                try:
                    with self._driver.session(database=self._name) as session:
                        return session.execute_write(bounded)
                except exceptions.IncompleteCommit:
                    if attempt == _ATTEMPTS:
                        raise
                except exceptions.ResultFailedError as error:
                    # What the driver says when it closes a transaction, in place of why it failed.
                    if attempt == _ATTEMPTS or not _passes(error.__cause__):
                        raise error.__cause__ or error from None
                    time.sleep(_PAUSE * attempt)
        raise AssertionError("the loop returns or raises")

    def ask(self, statement: LiteralString, **parameters: Any) -> list[Any]:
        """Run one statement as a transaction of its own, again after a passing trouble.

        Parameters
        ----------
        statement : str
            Reads only, or may be repeated: when a connection breaks, nobody knows whether it was done.
        **parameters
            Its parameters.

        Returns
        -------
        list of dict
            Its records.

        Raises
        ------
        StoreUnavailableError
            If the database cannot be reached or refuses.

        Notes
        -----
        One exchange with the database, where :meth:`run` takes three and one more for each statement.
        """
        query = neo4j.Query(statement, timeout=TRANSACTION_SECONDS)
        until = time.monotonic() + RETRY_SECONDS
        with translated():
            for attempt in itertools.count(1):
                try:
                    with self._driver.session(database=self._name) as session:
                        return session.run(query, parameters).data()
                except (exceptions.DriverError, exceptions.Neo4jError) as error:
                    if not _passes(error) or time.monotonic() > until:
                        raise
                    time.sleep(_PAUSE * min(attempt, _ATTEMPTS))
        raise AssertionError("the loop returns or raises")

    def declare(self, statement: LiteralString) -> None:
        """Run one statement that changes constraints or indexes."""
        self.ask(statement)


def _passes(error: BaseException | None) -> bool:
    """Tell whether what went wrong may go well if tried again, such as a deadlock."""
    if isinstance(error, exceptions.DriverError | exceptions.Neo4jError):
        return error.is_retryable()
    return False


def rows(transaction: Transaction, statement: LiteralString, **parameters: Any) -> list[Any]:
    """Run a statement and return its records as dictionaries."""
    return transaction.run(statement, parameters).data()


@contextmanager
def translated() -> Iterator[None]:
    """Turn whatever the driver raises into a :class:`StoreUnavailableError` of one line.

    The driver's own message stays out of it: it may hold addresses and values.
    """
    try:
        yield
    except exceptions.IncompleteCommit as error:
        raise StoreUnavailableError(
            "The database went away while a write was being saved; it may or may not be saved."
        ) from error
    except (exceptions.DriverError, exceptions.Neo4jError, OSError) as error:
        message = _message(error)
        if message is None:
            raise
        raise StoreUnavailableError(message) from error


def _message(error: Exception) -> str | None:
    """Return what to tell people about an error, or None if it is for the caller to deal with."""
    code = (getattr(error, "code", None) or "") if isinstance(error, exceptions.Neo4jError) else ""
    if isinstance(error, exceptions.AuthError):
        return (
            "The database refused the user name or the password;"
            " check NEO4J_USER and NEO4J_PASSWORD."
        )
    if code.endswith("DatabaseNotFound"):
        return "The server has no database of this name; check NEO4J_DATABASE."
    if code.endswith(("TransactionTimedOut", "TransactionTimedOutClientConfiguration")):
        return "The database took too long and gave up; nothing was changed. Try again."
    if isinstance(error, exceptions.ConfigurationError):
        return _ADDRESS
    gone = exceptions.ServiceUnavailable | exceptions.SessionExpired | OSError
    # A server that is being stopped still answers for a moment, with this code.
    if isinstance(error, gone) or code.endswith("DatabaseUnavailable"):
        return "The database cannot be reached now; check that it runs and NEO4J_URI."
    if isinstance(error, exceptions.Neo4jError):
        if code.startswith(("Neo.ClientError.Statement", "Neo.ClientError.Schema.Constraint")):
            return None
        return f"The database could not do this now ({code})."
    if isinstance(error, exceptions.DriverError):
        return f"The connection to the database failed ({type(error).__name__})."
    return None
