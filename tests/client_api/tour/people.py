"""The scene of the people: keys, the own organization, its members, who is invited, and a team."""

from __future__ import annotations

from marketplace.identity.authentication import actor_for_key
from marketplace.identity.models import Person
from marketplace.kernel.ids import public
from tests.client_api.conftest import Caller
from tests.client_api.story import Story, ok


def people_and_keys(story: Story) -> None:
    """Everything that a client's requester does beside jobs."""
    _keys_are_made_with_keys(story.client)
    _organization_is_looked_after(story.client)
    _workers_form_a_team(story)


def _keys_are_made_with_keys(client: Caller) -> None:
    ok(client.get("/api-keys"))
    asked = {"name": "nightly upload", "scopes": ["job.read", "job.write"], "expires_in_seconds": 2_592_000}
    made = ok(client.post("/api-keys", asked)).json
    ok(client.get(f"/api-keys/{made['id']}"))
    successor = ok(client.post(f"/api-keys/{made['id']}/rotate", {"overlap_seconds": 3600})).json
    ok(client.post(f"/api-keys/{successor['id']}/revoke", {"leaked": True}))


def _organization_is_looked_after(client: Caller) -> None:
    etag = ok(client.get("/organization")).headers["ETag"]
    ok(client.patch("/organization", {"name": "Harbour Vision"}, headers={"If-Match": etag}))
    ok(client.get("/roles"))
    ok(client.get("/members"))
    member = f"/members/{public('person', client.person_id)}"
    ok(client.get(member))
    ok(client.post(f"{member}/add-role", {"role": "reviewer"}))
    ok(client.post(f"{member}/remove-role", {"role": "reviewer"}))
    lee = {"email": "lee@example.org", "name": "Lee Njeri", "role": "reviewer"}
    path = f"/invitations/{ok(client.post('/invitations', lee)).json['id']}"
    ok(client.get("/invitations"))
    ok(client.get(path))
    ok(client.post(f"{path}/resend"))
    ok(client.post(f"{path}/revoke"))


def _workers_form_a_team(story: Story) -> None:
    client, program, session = story.client, story.program, story.session
    made = ok(client.post("/teams", {"name": "Night shift"}))
    path = f"/teams/{made.json['id']}"
    ok(client.get("/teams"))
    ok(client.get(path))
    ok(client.patch(path, {"name": "Day shift"}, headers={"If-Match": made.headers["ETag"]}))
    worker = actor_for_key(session, story.worker.secret)
    email = session.get_one(Person, worker.person).email
    invited = ok(client.post(f"{path}/invitations", {"email": email})).json
    ok(program.get("/team-invitations"))
    ok(program.post(f"/team-invitations/{invited['id']}/accept"))
    ok(program.get("/teams"))
    ok(client.get(f"{path}/members"))
    ok(client.get(f"{path}/invitations"))
    ok(client.get(f"/team-invitations/{invited['id']}"))
    assert client.post(f"{path}/members/{public('person', worker.person)}/remove").status_code == 204
    declined = ok(client.post(f"{path}/invitations", {"email": email})).json
    ok(program.post(f"/team-invitations/{declined['id']}/decline"))
    joined = ok(client.post(f"{path}/invitations", {"email": email})).json
    ok(program.post(f"/team-invitations/{joined['id']}/accept"))
    ok(program.post(f"/teams/{made.json['id']}/leave"))
    again = ok(client.post(f"{path}/invitations", {"email": email})).json
    ok(client.post(f"/team-invitations/{again['id']}/revoke"))
    ok(client.post(f"{path}/close"))
