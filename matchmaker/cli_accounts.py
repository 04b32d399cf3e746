"""Commands about accounts and API keys, for whoever runs the service: they act as its operator."""

from __future__ import annotations

import click

from matchmaker.accounts.model import Account, ApiKey, State
from matchmaker.cli_tools import as_json, opened_service, say, show
from matchmaker.permissions import SYSTEM, Role, Scope
from matchmaker.usecases import accounts as use
from matchmaker.usecases.service import Service

_ROLES = click.Choice([role.value for role in Role if role is not Role.PUBLIC])


@click.group()
def accounts() -> None:
    """Invite, list, suspend and restore accounts.

    Whoever can run this on the service's machine is its operator, and may do everything here.
    """


@accounts.command()
@click.argument("email")
@click.option("--role", type=_ROLES, required=True)
@click.option("--subject", "subjects", multiple=True,
              help="Id of a city, country or partner that it speaks for; may be repeated.")  # fmt: skip
@click.option("--name", default="", help="Of the person or organisation.")
@as_json
def invite(email: str, role: str, subjects: tuple[str, ...], name: str, json_: bool) -> None:
    """Invite EMAIL; the link goes by mail, or is printed where no mail server is set."""
    with opened_service() as service:
        made = use.invite(service, SYSTEM, email=email, role=role, subjects=subjects, name=name)
    if json_:
        show({"account": made.account.as_json(), "expires_at": made.expires_at,
              "mailed": made.mailed, "link": made.link})  # fmt: skip
    elif made.mailed:
        click.echo(f"Invited {made.account.id}; the link is on its way to {made.account.email}.")
    else:
        say(f"Give this link to {made.account.email}; it works once, until {made.expires_at}.")
        click.echo(made.link)


@accounts.command("list")
@click.option("--role", type=_ROLES, help="Only this role.")
@click.option(
    "--state", type=click.Choice([state.value for state in State]), help="Only this state."
)
@as_json
def list_(role: str | None, state: str | None, json_: bool) -> None:
    """List accounts."""
    found: list[Account] = []
    cursor: str | None = ""
    with opened_service() as service:
        while cursor is not None:
            page = use.list_accounts(
                service, SYSTEM, role=role, state=state, cursor=cursor, limit=200
            )
            found += page.items
            cursor = page.next or None
    if json_:
        show([account.as_json() for account in found])
    else:
        click.echo("\n".join(_line(account) for account in found) or "There is no account.")


@accounts.command()
@click.argument("account")
@as_json
def suspend(account: str, json_: bool) -> None:
    """Suspend ACCOUNT (an id or an e-mail address): its sessions and keys are dead at once."""
    _set_state(account, State.SUSPENDED, json_)


@accounts.command()
@click.argument("account")
@as_json
def restore(account: str, json_: bool) -> None:
    """Restore ACCOUNT (an id or an e-mail address), and forget its failed sign-ins."""
    _set_state(account, State.ACTIVE, json_)


def _set_state(text: str, state: State, json_: bool) -> None:
    with opened_service() as service:
        found = use.find_account(service, text)
        restored = state is State.ACTIVE
        after = use.change_account(service, SYSTEM, found.id, state=state, unlock=restored)
    show(after.as_json()) if json_ else click.echo(_line(after))


@accounts.command("reset-link")
@click.argument("account")
@as_json
def reset_link(account: str, json_: bool) -> None:
    """Print a link with which the holder of ACCOUNT sets a new password, within one hour."""
    with opened_service() as service:
        link = use.issue_reset_link(service, SYSTEM, use.find_account(service, account).id)
    show({"link": link}) if json_ else click.echo(link)


@accounts.command("first-link")
@as_json
def first_link(json_: bool) -> None:
    """Print a link that makes the first administrator; it works once, for a day."""
    with opened_service() as service:
        if json_:
            show({"link": use.first_link(service)})
        elif not print_first_link(service):
            click.echo(
                "There is an active administrator already; invite others with 'accounts invite'."
            )


def print_first_link(service: Service) -> bool:
    """Print a link that makes the first administrator; False if there is one already."""
    link = use.first_link(service)
    use.purge_if_due(service)
    if link is None:
        return False
    say("Nobody administers this service yet. Open this link within a day to begin; works once:")
    click.echo(link)
    return True


@click.group()
def keys() -> None:
    """Create, list and revoke API keys."""


@keys.command()
@click.argument("account")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True,
              type=click.Choice([scope.value for scope in Scope]), help="May be repeated.")  # fmt: skip
@click.option("--expires-on", default="", help="Last day (YYYY-MM-DD) that it is valid.")
@click.option("--sandbox", is_flag=True, help="What is written with it is checked but not kept.")
@as_json
def create(
    account: str, name: str, scopes: tuple[str, ...], expires_on: str, sandbox: bool, json_: bool
) -> None:
    """Make a key NAME for ACCOUNT (an id or an e-mail address) and print it, this once."""
    with opened_service() as service:
        owner = use.find_account(service, account)
        made = use.create_key(
            service, SYSTEM, name, scopes, account=owner.id, expires_on=expires_on, sandbox=sandbox
        )
    if json_:
        show({**made.key.as_json(), "key": made.text})
    else:
        say("Keep this key; it is not shown again:")
        click.echo(made.text)


@keys.command("list")
@click.argument("account")
@as_json
def list_keys(account: str, json_: bool) -> None:
    """List the keys of ACCOUNT (an id or an e-mail address)."""
    with opened_service() as service:
        owner = use.find_account(service, account)
        found = use.list_keys(service, SYSTEM, account=owner.id)
    if json_:
        show([key.as_json() for key in found])
    else:
        click.echo("\n".join(_key_line(key) for key in found) or "There is no key.")


@keys.command()
@click.argument("key")
@as_json
def revoke(key: str, json_: bool) -> None:
    """Revoke KEY (the id, or the part mk_... that is shown), from the next request on."""
    with opened_service() as service:
        revoked = use.revoke_key(service, SYSTEM, key.removeprefix("mk_").partition("_")[0])
    show(revoked.as_json()) if json_ else click.echo(_key_line(revoked))


def _line(account: Account) -> str:
    speaks_for = f"  for {', '.join(account.subjects)}" if account.subjects else ""
    who = account.email or "(no address yet)"
    return f"{account.id}  {account.state:<9}  {account.role:<23}  {who}{speaks_for}"


def _key_line(key: ApiKey) -> str:
    ends = f"revoked {key.revoked_at}" if key.revoked_at else f"until {key.expires_at or 'revoked'}"
    used = f"last used {key.last_used}" if key.last_used else "never used"
    sandbox = "  sandbox" if key.sandbox else ""
    return f"{key.prefix}  {' '.join(key.scopes)}{sandbox}  {ends}  {used}  {key.name}"
