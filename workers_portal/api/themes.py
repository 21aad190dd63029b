"""The themes of the worker API, in the order in which a newcomer needs them."""

from __future__ import annotations

from workers_portal.api.declaring import Theme

tasks = Theme("tasks", "Work that is open to one now.")
claims = Theme("claims", "What one holds: claim, save, submit, give back.")
disputes = Theme("disputes", "Contesting a rejection.")
pay = Theme("pay", "What one earned, when it is paid, and where the price of an answer went.")
standing = Theme("standing", "What organizations say of one: the skills they granted, the blocks they made.")
protection = Theme("protection", "What protects one: time, hard content, fees, decisions about one.")
teams = Theme("teams", "Teams one is in, and those one is invited to.")
notifications = Theme("notifications", "What one was told.")
account = Theme("account", "Everything that is kept about one.")
log = Theme("log", "What the sealed log holds about one: events, proofs, receipts, bundles that prove one's pay.")
