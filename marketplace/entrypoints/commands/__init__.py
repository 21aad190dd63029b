"""One module for each command or group of commands, each with a click object named `command`."""

COMMANDS = {
    "clock": "marketplace.entrypoints.commands.clock",
    "db": "marketplace.entrypoints.commands.db",
    "ledger": "marketplace.entrypoints.commands.ledger",
    "run": "marketplace.entrypoints.commands.run",
}
"""Name on the command line -> module."""
