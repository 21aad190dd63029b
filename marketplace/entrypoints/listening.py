"""The port: whether it is free, and whether we answer on it."""

import errno
import http.client
import socket


class PortError(Exception):
    """The address cannot be listened on; the text is one sentence for the operator."""


def refuse_taken_port(host: str, port: int) -> None:
    """Raise PortError when the web server could not listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # the last run's closed connections do not count
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as problem:
            if problem.errno == errno.EADDRINUSE:
                raise PortError(
                    f"Port {port} is taken by another program. Choose another one, as in: PORT={port + 1} make run"
                ) from None
            if problem.errno == errno.EACCES:
                raise PortError(f"Port {port} needs rights we do not have. Choose one above 1023.") from None
            raise PortError(f"We cannot listen on {host}, port {port}: {problem.strerror}.") from None


def answers(host: str, port: int) -> bool:
    """Whether our web server says that it is ready."""
    local = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - told apart, not listened on
    connection = http.client.HTTPConnection(local, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
