"""Security headers for every answer; a view that needs another sets it itself beforehand."""

from typing import Final

from flask import Flask, Response, request

from marketplace.web.context import KEY

# Nothing inline, nothing from elsewhere: a text that slips through escaping still cannot run.
_SOURCES: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "media-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
CONTENT_SECURITY_POLICY: Final = "; ".join(f"{what} {source}" for what, source in _SOURCES.items())
POLICY_OF_FILES: Final = "default-src 'none'; frame-ancestors 'none'; sandbox"
"""For media and files that others made: nothing in them runs, and no page is laid over them."""
HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
OF_FILES: Final = frozenset({"X-Content-Type-Options", "Cross-Origin-Resource-Policy", "Strict-Transport-Security"})
STRICT_TRANSPORT: Final = "max-age=31536000"


def register(app: Flask) -> None:
    """Add the headers; pages and API answers are kept by no cache unless a view says otherwise."""
    headers = dict(HEADERS)
    if app.extensions[KEY].settings.public_url.startswith("https://"):
        headers["Strict-Transport-Security"] = STRICT_TRANSPORT
    # Looked through once, not once for each header: this runs in every request.
    lines = [(name.lower(), name, value) for name, value in headers.items()]
    # Scripts and styles of our own: what tells a browser how to treat a page would only make them longer.
    short = [line for line in lines if line[1] in OF_FILES]

    @app.after_request
    def secure(response: Response) -> Response:
        there = {name.lower() for name, _ in response.headers}
        is_file = (request.endpoint or "").endswith(".static")
        for known_as, name, value in short if is_file else lines:
            if known_as not in there:
                response.headers.add(name, value)
        if "cache-control" not in there and not is_file:
            response.headers.add("Cache-Control", "no-store")
        return response
