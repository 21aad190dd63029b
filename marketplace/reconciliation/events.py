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
        "as": "text: payouts, fee, deposit, refund, transit, moved_already, looked_for_again, remittance, conversion",
        "reason_commitment": "commitment",
    },
)
LINE_OWNED = define_event(
    "external_line.owned",
    1,
    "Somebody of finance looks after a line that nothing explains",
    {**_LINE, "owner": "person id"},
)

_MATCH = {
    **_LINE,
    "as": "text: payouts, fee, deposit, refund, transit, moved_already",
    "way": "text: amount_and_date, many_to_one, by_hand",
    "payouts": "list of payout id",
    "reason_commitment": "commitment",
}
MATCH_PROPOSED = define_event(
    "line_match.proposed", 1, "One person said what a line was; above the limit another must agree", _MATCH
)
MATCH_DONE = define_event(
    "line_match.done",
    1,
    "A line that no reference explains was booked as what it was taken for",
    {**_MATCH, "proposed_by": "person id or null", "journals": "list of journal id"},
)
MATCH_REJECTED = define_event("line_match.rejected", 1, "What was proposed of a line was given up", _MATCH)
MATCH_UNDO_ASKED = define_event(
    "line_match.undo_asked", 1, "One person said that a line was taken for the wrong thing; another must agree", _MATCH
)
MATCH_UNDO_REJECTED = define_event("line_match.undo_rejected", 1, "A match stays as it is after all", _MATCH)
MATCH_UNDONE = define_event(
    "line_match.undone",
    1,
    "A line was taken for the wrong thing: its journals are reversed, and it stands on 2900 again",
    {**_MATCH, "asked_by": "person id"},
)
