"""Steps of clients and layers who find accepted answers bad, of who answers for them, and of mistakes taken back."""

from sqlalchemy import select

from marketplace.jobs.models import Job
from marketplace.kernel.money import Money
from marketplace.settlement import mirroring, quality_claiming, quality_deciding
from marketplace.settlement.mirror_models import AcceptanceMirror
from marketplace.settlement.quality_models import QualityClaim
from marketplace.settlement.vouching import vouched
from marketplace.work.models import Answer
from tests.simulation.world import World

REASON = "Half of these are buses."


def claim_quality(world: World) -> str | None:
    """The client, or a layer above, claims an accepted answer; sometimes for more than the terms allow."""
    found = world.one(select(Answer).where(Answer.state == "accepted").order_by(Answer.id))
    if found is None:
        return None
    with world.transactions() as session:
        (one,) = vouched(session, [found.id])
        job = session.get_one(Job, found.job_id)
        claimant = world.actors[world.chance.choice(one.sides)]
        claim = quality_claiming.open_claim(
            session,
            claimant,
            [found.id],
            category="wrong_label",
            reason=REASON,
            asked=Money(world.chance.randint(1, 3_000), job.currency),
            rule="G1",
        )
    return f"{claim.asked}"


def answer_quality(world: World) -> str | None:
    """The layer agrees or contests, operations decide what is contested, or the claimant withdraws."""
    undecided = QualityClaim.state.in_(["open", "contested"])
    found = world.one(select(QualityClaim).where(undecided).order_by(QualityClaim.id))
    if found is None:
        return None
    claimant, layer = world.actors[found.claimant_organization_id], world.actors[found.against_organization_id]
    doing = world.chance.choice(("agree", "contest", "contest", "withdraw"))
    with world.transactions() as session:
        if found.state == "contested" and doing != "withdraw":
            decision = world.chance.choice(("upheld", "upheld", "dismissed"))
            quality_deciding.decide(session, world.operations, found.id, decision, REASON)
            return decision
        if doing == "agree":
            quality_deciding.agree(session, layer, found.id)
        elif doing == "contest":
            quality_deciding.contest(session, layer, found.id, REASON)
        else:
            quality_claiming.withdraw_claim(session, claimant, found.id)
    return doing


def mirror(world: World) -> str | None:
    """Operations propose to mirror an acceptance, or another of them decides on what was proposed."""
    proposed = world.one(
        select(AcceptanceMirror).where(AcceptanceMirror.state == "proposed").order_by(AcceptanceMirror.id)
    )
    if proposed is not None:
        with world.transactions() as session:
            confirm = world.chance.random() < 0.8
            mirroring.decide_mirror(session, world.second_operations, proposed.id, confirm=confirm)
        return "confirmed" if confirm else "rejected"
    found = world.one(select(Answer.id).where(Answer.state == "accepted").order_by(Answer.id))
    if found is None:
        return None
    with world.transactions() as session:
        mirroring.propose_mirror(session, world.operations, found, REASON)
    return "proposed"
