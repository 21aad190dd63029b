"""A time stamp authority over HTTP (RFC 3161, 3.4): one POST, bounded in time and size."""

import http.client
import ipaddress
from typing import Final

from rfc3161_client import HashAlgorithm, PKIStatus, TimestampRequestBuilder, decode_timestamp_response

from marketplace.audit.stamping import TimestampError
from marketplace.outbound.addresses import AddressPolicy, AddressRefusedError
from marketplace.outbound.asking import AnswerRefusedError, ask

SECONDS_MAX: Final = 10.0
BYTES_MAX: Final = 64 * 1024
# Whoever runs this chose the address, which may well be a machine of theirs.
_ANYWHERE: Final = AddressPolicy((ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")))


class HttpAuthority:
    """The authority at an address, as TIMESTAMP_URL names it."""

    def __init__(self, url: str, *, seconds_max: float = SECONDS_MAX) -> None:
        self.name = url
        self._seconds_max = seconds_max

    def token(self, content: bytes) -> bytes:
        """Ask for a time stamp of the content's SHA-256, with a nonce, so that no old answer is taken for a new one."""
        builder = TimestampRequestBuilder().data(content).hash_algorithm(HashAlgorithm.SHA256)
        request = builder.nonce(nonce=True).cert_request(cert_request=True).build()
        answer = self._ask(request.as_bytes())
        try:
            response = decode_timestamp_response(answer)
            if PKIStatus(response.status) not in {PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS}:
                raise TimestampError(f"{self.name} grants no time stamp: {', '.join(response.status_string)}")
            nonce, token = response.tst_info.nonce, response.time_stamp_token()
        except ValueError as error:
            raise TimestampError(f"{self.name} answers with no time stamp: {error}") from error
        if nonce != request.nonce:
            raise TimestampError(f"{self.name} answers another question than was asked")
        return token

    def _ask(self, body: bytes) -> bytes:
        headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
        try:
            answer = ask(
                self.name, _ANYWHERE, form=body, headers=headers, bytes_max=BYTES_MAX, seconds_max=self._seconds_max
            )
        except AddressRefusedError as error:
            raise TimestampError(f"{self.name}: {error.sentence}") from error
        except AnswerRefusedError as error:
            raise TimestampError(f"{self.name}: {error}") from error
        except (OSError, http.client.HTTPException) as error:
            raise TimestampError(f"{self.name}: {type(error).__name__}: {error}") from error
        if answer.status != http.HTTPStatus.OK:
            raise TimestampError(f"{self.name} answered with {answer.status}")
        return answer.body
