"""What reconciliation writes into the audit log."""

from marketplace.audit.events import define_event

LINE_MATCHED = define_event(
    "external_line.matched",
    1,
    "A rail's line and a journal say the same",
    {
        "rail": "text: the rail's name",
        "line": "text: the rail's own id of the line",
        "amount": "money: positive came in",
        "reference": "text: the rail's own id of the charge or transfer",
        "journal": "journal id",
    },
)

_LINE = {
    "rail": "text: the rail's name",
    "line": "text: the rail's own id of the line",
    "amount": "money: positive came in",
}
LINE_SET_ASIDE = define_event(
    "external_line.set_aside",
    1,
    "Nothing explains a rail's line; it stands on 2900",
    {**_LINE, "journal": "journal id"},
)
LINE_EXPLAINED = define_event(
    "external_line.explained",
    2,
    "Somebody said what a line was that nothing explained",
    {
        **_LINE,
        "as": "text: fee, deposit, refund, transit, moved_already, looked_for_again, remittance, conversion",
        "reason_commitment": "commitment",
    },
)
