"""Make an app know accounts."""

from __future__ import annotations

from flask import Flask

from matchmaker.settings import Settings
from matchmaker.web.accounts import frame
from matchmaker.web.accounts.administering import administering
from matchmaker.web.accounts.entering import entering
from matchmaker.web.accounts.owning import owning
from matchmaker.web.accounts.provider import register_provider


def install_accounts(app: Flask, settings: Settings) -> None:
    """Make an app check forms, show who is signed in, and serve the pages of accounts."""
    frame.register(app)
    app.register_blueprint(entering)
    app.register_blueprint(owning)
    app.register_blueprint(administering)
    register_provider(app, settings)
