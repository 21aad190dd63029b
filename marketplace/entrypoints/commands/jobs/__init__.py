"""`piecework jobs`: a client's jobs from the command line, over the REST API of a service and with a key of its own.

It knows a service by its address and nothing of its database: what it does, any program could do over HTTP.
"""

from __future__ import annotations

from marketplace.entrypoints.commands.jobs import exporting, items, running, watching
from marketplace.entrypoints.commands.jobs.calling import Calls

command = Calls(
    "jobs",
    help="""Post jobs, fund and publish them, watch them, and fetch what comes of them.

    Talks to the service at --url (or PIECEWORK_URL) with the API key --key (or PIECEWORK_API_KEY). Ends with 1 where
    the service refuses, with 3 where it is not reached.""",
)
for each in (
    running.create_command,
    running.list_command,
    running.deposit_command,
    running.fund_command,
    running.preview_command,
    running.publish_command,
    items.group,
    watching.watch_command,
    exporting.export_command,
):
    command.add_command(each)
