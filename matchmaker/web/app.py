"""The web application: one service behind an API for programs and pages for people."""

from __future__ import annotations

from flask import Flask, Response

from matchmaker.usecases.service import Service
from matchmaker.web import problems
from matchmaker.web.accounts.calling import current_caller
from matchmaker.web.accounts.installing import install_accounts
from matchmaker.web.alerts import pages as alert_pages
from matchmaker.web.api import create_api, operations
from matchmaker.web.brokering import pages as engagement_pages
from matchmaker.web.bundles.pages import bundle_pages
from matchmaker.web.contract.installing import install
from matchmaker.web.contributing import editing, upload_pages
from matchmaker.web.contributing.bodies import LARGEST_BODY
from matchmaker.web.contributing.desk import desk
from matchmaker.web.diligence import pages as diligence_pages
from matchmaker.web.embeds import embeds
from matchmaker.web.feeding.pages import hook_pages
from matchmaker.web.http import attach_service, current_service, finish, json_response
from matchmaker.web.instruments import pages as instrument_pages
from matchmaker.web.linked.sitemaps import sitemaps
from matchmaker.web.linked.views import linked
from matchmaker.web.lists import pages as list_pages
from matchmaker.web.meetings.pages import event_pages
from matchmaker.web.pages.views import pages
from matchmaker.web.portfolio.pages import portfolio_pages
from matchmaker.web.printing.pages import printing_pages
from matchmaker.web.whitepapers import pages as paper_pages


def create_app(service: Service) -> Flask:
    """Return the web application over a service.

    Parameters
    ----------
    service : Service
        What the app reads from and writes to; the caller closes it.
    """
    app = Flask(__name__)
    # A body in pieces is cut off here without a word; one byte more tells that it was too large.
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY + 1
    attach_service(app, service)
    app.after_request(finish)
    problems.register(app)
    install(app, operations(service.schema), current_caller)
    upload_pages.install(app)
    engagement_pages.install(app)
    paper_pages.install(app)
    diligence_pages.install(app)
    install_accounts(app, service.settings)
    alert_pages.install(app)
    list_pages.install(app)
    app.register_blueprint(create_api(service.schema))
    app.register_blueprint(hook_pages)
    app.register_blueprint(embeds)
    app.register_blueprint(linked)
    app.register_blueprint(sitemaps)
    editing.install(app)
    app.register_blueprint(desk)
    app.register_blueprint(portfolio_pages)
    app.register_blueprint(printing_pages)
    app.register_blueprint(bundle_pages)
    app.register_blueprint(event_pages)
    app.register_blueprint(pages)
    app.add_url_rule("/healthz", "healthz", healthz)
    app.add_url_rule("/readyz", "readyz", readyz)
    instrument_pages.install(app, service)
    return app


def healthz() -> Response:
    """Answer that the process lives."""
    response = json_response({"status": "alive"})
    response.headers["Cache-Control"] = "no-store"
    return response


def readyz() -> Response:
    """Answer that a snapshot stands, from which reads are served."""
    service = current_service()
    snapshot = service.snapshot
    response = json_response(
        {
            "status": "ready",
            "mode": service.status.mode,
            "sequence": snapshot.sequence,
            "as_of": snapshot.as_of,
        }
    )
    response.headers["Cache-Control"] = "no-store"
    return response
