"""How to reach a database: what the driver needs, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Connection:
    """Where a Neo4j server answers, and as whom to speak to it.

    Parameters
    ----------
    uri : str
        A ``bolt://`` or ``neo4j://`` address.
    user, password : str
        The account; the password never shows in ``repr`` and so never in a log or a traceback.
    database : str or None
        The database's name; None takes the one that the server offers by default.

    Examples
    --------
    >>> Connection("bolt://127.0.0.1:7687", "neo4j", "secret", "neo4j")
    Connection(uri='bolt://127.0.0.1:7687', user='neo4j', database='neo4j')
    """

    uri: str
    user: str
    password: str = field(repr=False)
    database: str | None = None
