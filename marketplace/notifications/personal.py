"""What is personal in what people and programs are told."""

from marketplace.db.personal import Personal, by, impersonal, personal
from marketplace.notifications.models import Notification, OrganizationEvent, Webhook, WebhookAttempt, WebhookDelivery

personal(Personal(Notification, by(Notification.person_id), why="to tell them what happened", removed=True))
impersonal("what an organization is told: ids and amounts", OrganizationEvent, WebhookDelivery, WebhookAttempt)
impersonal("an organization's own address", Webhook)
