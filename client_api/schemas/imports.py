from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from client_api.schemas.fields import Input, PublicId, View
from client_api.schemas.items import ItemErrorView
from client_api.schemas.jobs import CODE, TEXT_MAX, TITLE_MAX, JobInput
from marketplace.intake.imports.plan import MARKUP_CHARACTERS_MAX
from marketplace.jobs.models import JOB_KINDS

TASKS_MAX = 100_000
BATCH_CHARACTERS_MAX = 50_000_000
NAME = validate.Length(1, 100)


class ImportedJobInput(JobInput):
    """A new job for what is imported; title and instructions come from the template unless they are given."""

    class Meta:
        """What the template says itself."""

        exclude = ("kind", "label_schema")

    title = fields.String(validate=validate.Length(1, TITLE_MAX), metadata={"example": "Street scenes"})
    instructions = fields.String(validate=validate.Length(1, TEXT_MAX))


class MappingInput(Input):
    """Which fields of a row are what."""

    content = fields.String(
        load_default="", metadata={"description": "The field that is labeled; the template's own unless given."}
    )
    external_id = fields.String(
        load_default="",
        metadata={"description": "The field that names an item; else the task's id, or the prefix and a number."},
    )
    prefix = fields.String(
        load_default="row-", validate=NAME, metadata={"description": "Before the number of a row without a name."}
    )
    rate = fields.String(load_default="", metadata={"description": "The field that holds the rate code."})
    rate_code = fields.String(
        load_default="standard",
        validate=CODE,
        metadata={"description": "The rate of all rows, where no field says it."},
    )
    ignore = fields.List(
        fields.String(validate=NAME),
        load_default=list,
        validate=validate.Length(max=200),
        metadata={"description": "Fields left out on purpose; any other that is not mapped is refused."},
    )


class _Import(Input):
    job_id = PublicId("job", metadata={"description": "A draft of yours that gets the items, instead of a new job."})
    job = fields.Nested(ImportedJobInput)
    mapping = fields.Nested(MappingInput)

    @validates_schema
    def one_job(self, data: dict[str, Any], **_: Any) -> None:
        """Either a job that is there, or a new one."""
        if ("job_id" in data) == ("job" in data):
            raise ValidationError("Give either job_id or job.", "job_id")


class LabelStudioInput(_Import):
    """Tasks of Label Studio, with the labeling configuration of their project or a label schema."""

    config = fields.String(
        validate=validate.Length(1, MARKUP_CHARACTERS_MAX),
        metadata={"description": "XML: RectangleLabels on an Image, or Choices on a Text."},
    )
    kind = fields.String(validate=validate.OneOf(JOB_KINDS), metadata={"description": "Without a config."})
    label_schema = fields.Dict(keys=fields.String(), metadata={"description": "Without a config."})
    tasks = fields.List(
        fields.Raw(),
        required=True,
        validate=validate.Length(1, TASKS_MAX),
        metadata={"items": {"type": "object"}, "description": "As exported; predictions become pre-labels."},
    )

    @validates_schema
    def one_question(self, data: dict[str, Any], **_: Any) -> None:
        """Either a configuration, or kind and schema and the field that is labeled."""
        if "config" in data:
            if "kind" in data or "label_schema" in data:
                raise ValidationError("Give either config, or kind and label_schema.", "config")
        elif "kind" not in data or "label_schema" not in data or not data.get("mapping", {}).get("content"):
            raise ValidationError("Without config, give kind, label_schema and mapping.content.", "config")


class MturkInput(_Import):
    """A batch of MTurk: its HTML template and its CSV file."""

    template = fields.String(
        required=True,
        validate=validate.Length(1, MARKUP_CHARACTERS_MAX),
        metadata={
            "description": "HTML: crowd-classifier, crowd-classifier-multi-select, crowd-bounding-box, radio buttons, "
            "checkboxes or a select. Its text becomes the instructions; of its markup nothing is kept."
        },
    )
    batch = fields.String(
        required=True,
        validate=validate.Length(1, BATCH_CHARACTERS_MAX),
        metadata={"description": "CSV with a header; columns may be named with or without `Input.`."},
    )


class ImportQuery(Input):
    """How an import is done."""

    on_error = fields.String(
        load_default="abort",
        validate=validate.OneOf(("abort", "skip")),
        metadata={"description": "`abort`: one bad row and nothing is made; `skip`: the good ones are added."},
    )
    dry_run = fields.Boolean(
        load_default=False,
        truthy={"true"},
        falsy={"false"},
        metadata={"description": "Answer what would be made, and make nothing."},
    )


class ImportView(View):
    """What an import made, or would make."""

    dry_run = fields.Boolean()
    job_id = PublicId("job", allow_none=True, metadata={"description": "Null for a new job of a dry run."})
    upload_id = PublicId("upload", allow_none=True, metadata={"description": "The report; null in a dry run."})
    title = fields.String()
    kind = fields.String(validate=validate.OneOf(JOB_KINDS))
    label_schema = fields.Dict(keys=fields.String())
    instructions = fields.String()
    notes = fields.List(fields.String(), metadata={"description": "What was left behind because it is only looks."})
    added = fields.Integer()
    skipped_existing = fields.Integer()
    errors = fields.List(fields.Nested(ItemErrorView), attribute="listed")
    error_count = fields.Integer(metadata={"description": "All of them; `errors` lists the first thousand."})
