"""What is personal in exports."""

from marketplace.db.personal import impersonal
from marketplace.exports.models import Export, ExportFile, KeptBook

impersonal(
    "where files of organizations lie; in them people are ids, and they are deleted after days", Export, ExportFile
)
impersonal("files of the books, by which payees are named by id", KeptBook)
