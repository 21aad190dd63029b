"""What is personal in uploads."""

from marketplace.db.personal import impersonal
from marketplace.intake.models import Upload, UploadError

impersonal("what a client sent and what was wrong with it; who sent it is an id", Upload, UploadError)
