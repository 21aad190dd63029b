"""What `make run` prints: what to open and as whom, and a curl line for each kind of user."""

from __future__ import annotations

import datetime as dt
import shlex
from pathlib import Path
from typing import Final

from marketplace.db.clock import market_now
from marketplace.entrypoints.context import Context
from marketplace.entrypoints.demo import people
from marketplace.identity import signin

LINK_LIFE: Final = dt.timedelta(hours=12)
KEYS_FILE: Final = "demo.env"
_WHAT: Final = {
    "client": "posts jobs, pays in",
    "layer_1": "layer 1: contracts, margin",
    "layer_2": "layer 2: splits into tasks",
    "reviewer": "accepts, sends back, rejects",
    "worker_1": "labels",
    "worker_2": "labels",
    "worker_3": "labels",
    "finance_1": "prepares payout runs",
    "finance_2": "approves them",
    "dispute_decider": "decides disputes",
    "auditor": "reads everything",
    "operations": "approves sign-ups",
}
_CALLS: Final = (
    ("client", "/v1/jobs"),
    ("layer_1", "/v1/contracts"),
    ("layer_2", "/v1/contracts"),
    ("reviewer", "/v1/reviews"),
    ("worker_1", "/worker/v1/tasks"),
    ("finance_1", "/v1/installments"),
    ("dispute_decider", "/v1/disputes"),
    ("auditor", "/v1/audit/checkpoints/latest"),
    ("operations", "/v1/ledger/trial-balance"),
)


def keep_keys(context: Context, keys: dict[str, str]) -> None:
    """Write the demo's API keys as a file that a shell can read, for its owner only."""
    lines = [f"export API={shlex.quote(context.settings.public_url)}"]
    lines += [f"export {part.upper()}_KEY={shlex.quote(secret)}" for part, secret in keys.items()]
    path = keys_path(context)
    path.touch(mode=0o600)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def keys_path(context: Context) -> Path:
    """Where the demo's keys are kept."""
    return context.settings.data_dir / KEYS_FILE


def opened_at(context: Context) -> str:
    """Where this market was opened last; a command in another terminal does not know its PORT."""
    path = keys_path(context)
    if not path.exists():
        return context.settings.public_url
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    return shlex.split(first)[-1].removeprefix("API=")


def _refresh_address(context: Context) -> None:
    """The port may be another one than at the first start."""
    path = keys_path(context)
    if path.exists():
        lines = path.read_text(encoding="utf-8").splitlines()
        lines[0] = f"export API={shlex.quote(context.settings.public_url)}"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def welcome(context: Context) -> list[str]:
    """The lines to print; makes fresh one-use links, good for twelve hours."""
    _refresh_address(context)
    url = context.settings.public_url
    with context.transactions() as session:
        now = market_now(session)
        links = []
        for part in people.CAST:
            token, _ = signin.create_link(session, people.person_id(session, part.key), part.face, life=LINK_LIFE)
            links.append((part, signin.sign_in_url(url, part.face, token)))
    out = [f"In the market it is {now:%d %B %Y}.", "", "Sign in as (each link works once):"]
    for part, link in links:
        who = f"{part.name}, {part.organization}" if part.organization else part.name
        out.append(f"  {who:<40} {_WHAT[part.key]:<28} {link}")
    shown = _shell_path(keys_path(context))
    out += ["", f"Over REST, with the keys of {shown}:", f"  . {shown}"]
    for part_key, path in _CALLS:
        out.append(f'  curl -s -H "Authorization: Bearer ${part_key.upper()}_KEY" $API{path}')
    out += [
        "",
        "Move market time to the next payday:   .venv/bin/piecework clock advance --to-next-due",
        "Prove the books and the log:           .venv/bin/piecework ledger check; .venv/bin/piecework audit verify",
        f"Mails that were sent: {url}/development/mail     API: {url}/docs",
        "",
    ]
    return out


def _shell_path(path: Path) -> str:
    try:
        return shlex.quote("./" + str(path.resolve().relative_to(Path.cwd())))
    except ValueError:
        return shlex.quote(str(path))
