"""What exports refuse, and the problems of one that did not succeed."""

from marketplace.kernel.errors import ErrorKind, define

EXPORT_REFUSED = define(
    "export_refused",
    ErrorKind.INVALID,
    "There is no such export",
    "Each format asks for a job or for none, and some exist for certain kinds of labeling only; the field says which.",
)
IMAGE_SIZE_UNKNOWN = define(
    "image_size_unknown",
    ErrorKind.STATE,
    "The size of an image is not known",
    "Label Studio writes boxes in percent of the image, and an image named by an address has not been fetched. The "
    "other formats write pixels. Found as the problem of a failed operation.",
)
