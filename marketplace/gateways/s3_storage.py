"""Media in an S3-compatible store, by boto3 (the extra `s3`)."""

import tempfile
from typing import Any, BinaryIO, cast

from marketplace.gateways.local_storage import check_key

SPOOL_BYTES_MAX = 8 * 2**20
"""Above this, an object that is being read waits in a temporary file instead of in memory."""

_MISSING = {"404", "NoSuchKey", "NotFound"}


class S3Storage:
    """Objects of one bucket. Keys are the same plain ones as with files."""

    def __init__(self, client: Any, bucket: str) -> None:
        """`client` is a boto3 S3 client; credentials and region come from its usual places."""
        self._client = client
        self._bucket = bucket

    def put(self, key: str, stream: BinaryIO, content_type: str) -> None:
        """Keep the stream's bytes; large ones go up in parts, and appear whole."""
        self._client.upload_fileobj(stream, self._bucket, check_key(key), ExtraArgs={"ContentType": content_type})

    def open(self, key: str) -> BinaryIO:
        """The object as a stream that can be rewound; raises KeyError."""
        spool = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES_MAX)  # noqa: SIM115 - the caller closes it
        try:
            self._client.download_fileobj(self._bucket, check_key(key), spool)
        except BaseException as error:
            spool.close()
            if _is_missing(error):
                raise KeyError(key) from None
            raise
        spool.seek(0)
        return cast("BinaryIO", spool)

    def delete(self, key: str) -> None:
        """Remove the object; S3 says nothing if there is none."""
        self._client.delete_object(Bucket=self._bucket, Key=check_key(key))

    def exists(self, key: str) -> bool:
        """Whether there is an object."""
        try:
            self._client.head_object(Bucket=self._bucket, Key=check_key(key))
        except Exception as error:
            if _is_missing(error):
                return False
            raise
        return True


def _is_missing(error: BaseException) -> bool:
    # botocore's ClientError, without importing botocore where the extra is not installed
    response = getattr(error, "response", None)
    return isinstance(response, dict) and str(response.get("Error", {}).get("Code")) in _MISSING
