from __future__ import annotations

from marshmallow import fields, validate

from client_api.paging import ListQuery
from client_api.schemas.fields import Input, Instant, PublicId, View, whole
from client_api.schemas.jobs import CODE

JSON_ITEMS_MAX = 10_000
WITHDRAWN_NAMES_MAX = 10_000
WITHDRAWN_RANGES_MAX = 1000
ORDINAL_MAX = 1_000_000_000


class PrelabelSchema(Input):
    """A model's proposal, shown to the worker as what it is."""

    answer = fields.Dict(
        required=True,
        keys=fields.String(),
        metadata={"description": "As a worker would answer under the job's label schema.", "example": {"label": "car"}},
    )
    model = fields.String(required=True, validate=validate.Length(1, 100), metadata={"example": "street-detector"})
    version = fields.String(validate=validate.Length(1, 100), metadata={"example": "8.1"})
    confidence_ppm = whole(0, 1_000_000, metadata={"description": "Parts per million."})


class ItemInput(Input):
    """One thing to label; in NDJSON one a line."""

    external_id = fields.String(required=True, validate=validate.Length(1, 200), metadata={"example": "street-0001"})
    rate = fields.String(required=True, validate=CODE, metadata={"example": "standard"})
    content = fields.Dict(
        required=True,
        keys=fields.String(),
        metadata={
            "example": {"media": "med_01h455vb4pex5vsknk084sn02q"},
            "description": 'By the job\'s kind: `{"text": …}`, `{"media": "med_…"}`, `{"url": "https://…"}`, '
            '`{"prompt": …}`, `{"prompt", "a", "b"}`, or `{"prompt", "options": {key: text}}`.',
        },
    )
    prelabel = fields.Nested(PrelabelSchema, allow_none=True)


class ItemsInput(Input):
    """Up to ten thousand items; more of them are streamed as NDJSON."""

    items = fields.List(fields.Nested(ItemInput), required=True, validate=validate.Length(1, JSON_ITEMS_MAX))


class ItemsEnvelope(Input):
    """`ItemsInput` with rows as they came: the verb judges them one by one and lists the bad ones."""

    items = fields.List(fields.Raw(), required=True, validate=validate.Length(1, JSON_ITEMS_MAX))


class ItemsQuery(Input):
    """What to do about rows that cannot be added."""

    on_error = fields.String(
        load_default="abort",
        validate=validate.OneOf(("abort", "skip")),
        metadata={"description": "`abort`: one bad row and nothing is added; `skip`: the good ones are."},
    )


class ItemErrorView(View):
    """A row that was not added."""

    line = fields.Integer(
        metadata={"description": "Counted from 1; pointers of a problem document count rows from 0, as JSON does."}
    )
    external_id = fields.String(allow_none=True)
    code = fields.String()
    message = fields.String()
    pointer = fields.String(metadata={"description": "The place inside the row (RFC 6901); empty for the whole row."})


class ItemsAddedView(View):
    """What became of the rows."""

    upload_id = PublicId("upload", metadata={"description": "Under it the report is kept, with up to 10,000 errors."})
    added = fields.Integer()
    skipped_existing = fields.Integer(metadata={"description": "Already there, with the same content."})
    errors = fields.List(fields.Nested(ItemErrorView), attribute="listed")
    error_count = fields.Integer(metadata={"description": "All of them; `errors` lists the first thousand."})


class ItemView(View):
    """An item of a job."""

    id = PublicId("item")
    job_id = PublicId("job")
    external_id = fields.String()
    rate = fields.String(attribute="rate_code")
    ordinal = fields.Integer(metadata={"description": "Its place among the job's items of this rate, from 1."})
    content = fields.Dict(keys=fields.String())
    prelabel = fields.Nested(PrelabelSchema, allow_none=True)
    withdrawn = fields.Boolean(metadata={"description": "Whether the client took it back."})


class ItemRangeInput(Input):
    """The items of one rate from one ordinal to another, both included."""

    rate = fields.String(required=True, validate=CODE, metadata={"example": "standard"})
    first = whole(1, ORDINAL_MAX, required=True, metadata={"example": 101})
    last = whole(1, ORDINAL_MAX, required=True, metadata={"example": 200})


class WithdrawItemsInput(Input):
    """Which items are taken back: exactly one of the three."""

    external_ids = fields.List(
        fields.String(validate=validate.Length(1, 200)), validate=validate.Length(1, WITHDRAWN_NAMES_MAX)
    )
    ranges = fields.List(fields.Nested(ItemRangeInput), validate=validate.Length(1, WITHDRAWN_RANGES_MAX))
    all_free = fields.Boolean(
        truthy={True}, falsy={False}, metadata={"description": "True: all items that are in no task."}
    )


class ItemsWithdrawnView(View):
    """What became of the request."""

    items = fields.Integer(metadata={"description": "Withdrawn now."})
    rates = fields.Dict(
        keys=fields.String(), values=fields.Integer(), metadata={"description": "Of these, by rate code."}
    )
    already = fields.Integer(metadata={"description": "Asked for, but withdrawn before."})


class ItemQuery(ListQuery):
    """Filters of the list of items."""

    rate = fields.String(validate=CODE)


class MediaView(View):
    """An image, a sound or a point cloud that we keep."""

    id = PublicId("media")
    content_type = fields.String()
    byte_count = fields.Integer()
    width = fields.Integer(allow_none=True, metadata={"description": "Pixels of an image."})
    height = fields.Integer(allow_none=True, metadata={"description": "Pixels of an image."})
    duration_ms = fields.Integer(allow_none=True, metadata={"description": "Milliseconds of a sound."})
    point_count = fields.Integer(allow_none=True, metadata={"description": "Points of a point cloud."})
    sha256 = fields.Function(
        lambda media: media.sha256.hex(), metadata={"type": "string", "description": "Hexadecimal."}
    )
    filename = fields.String()
    created_at = Instant()
