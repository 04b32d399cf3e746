"""Typed client of the partner-city matchmaking service."""

from matchmaker_client.client import Client
from matchmaker_client.errors import (
    BadAnswerError,
    BadParameterError,
    ClientError,
    ConflictError,
    InvalidDataError,
    MirrorError,
    NotAllowedError,
    NotFoundError,
    NotSignedInError,
    PositionGoneError,
    PreconditionFailedError,
    ProblemError,
    TooManyRequestsError,
    UnavailableError,
    UnreachableError,
    WebhookError,
)
from matchmaker_client.mirror import Mirror, SyncReport
from matchmaker_client.signatures import WebhookMessage, verify_webhook
from matchmaker_client.transport import VERSION as __version__
from matchmaker_client.transport import Retry

__all__ = [
    "BadAnswerError",
    "BadParameterError",
    "Client",
    "ClientError",
    "ConflictError",
    "InvalidDataError",
    "Mirror",
    "MirrorError",
    "NotAllowedError",
    "NotFoundError",
    "NotSignedInError",
    "PositionGoneError",
    "PreconditionFailedError",
    "ProblemError",
    "Retry",
    "SyncReport",
    "TooManyRequestsError",
    "UnavailableError",
    "UnreachableError",
    "WebhookError",
    "WebhookMessage",
    "__version__",
    "verify_webhook",
]
