"""What is personal in jobs: nothing of those who work on them."""

from marketplace.db.personal import impersonal
from marketplace.jobs.models import Guideline, Item, ItemWithdrawal, Job, JobRate, JobReserve, Media, RemoteMedia
from marketplace.jobs.payday_models import BusinessCalendar, CountryDeferralLimit
from marketplace.jobs.practice_models import PracticeItem

impersonal(
    "the client's own material, for which the client answers; `media_retention_days` of a job has its media deleted, "
    "with the small pictures and peaks that were made of it",
    Item,
    Media,
    PracticeItem,
    RemoteMedia,
)
impersonal("what a client posts, and its rules", Job, JobRate, JobReserve, Guideline, ItemWithdrawal)
impersonal("calendars and law", BusinessCalendar, CountryDeferralLimit)
