"""One module for each command or group of commands, each with a click object named `command`."""

COMMANDS = {
    "audit": "marketplace.entrypoints.commands.audit",
    "backup": "marketplace.entrypoints.commands.backup",
    "bank": "marketplace.entrypoints.commands.bank",
    "clock": "marketplace.entrypoints.commands.clock",
    "db": "marketplace.entrypoints.commands.db",
    "demo": "marketplace.entrypoints.commands.demo",
    "docs": "marketplace.entrypoints.commands.docs",
    "fake-stripe": "marketplace.entrypoints.commands.fake_stripe",
    "finance": "marketplace.entrypoints.commands.finance",
    "jobs": "marketplace.entrypoints.commands.jobs",
    "keys": "marketplace.entrypoints.commands.keys",
    "ledger": "marketplace.entrypoints.commands.ledger",
    "payouts": "marketplace.entrypoints.commands.payouts",
    "people": "marketplace.entrypoints.commands.people",
    "protection": "marketplace.entrypoints.commands.protection",
    "restore": "marketplace.entrypoints.commands.restore",
    "run": "marketplace.entrypoints.commands.run",
    "setup": "marketplace.entrypoints.commands.setup",
    "sweeps": "marketplace.entrypoints.commands.sweeps",
}
"""Name on the command line -> module."""
