"""Adapters as the settings ask for them; called by the entry points only."""

import datetime as dt
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from marketplace.audit.anchors import AnchorStore
from marketplace.audit.stamping import Stamping
from marketplace.gateways.anchor_stores import FolderAnchors, S3Anchors
from marketplace.gateways.bank.pain001 import OwnAccount
from marketplace.gateways.bank.rail import BankRail
from marketplace.gateways.local_storage import LocalStorage
from marketplace.gateways.mail import DevelopmentMailer, SmtpMailer
from marketplace.gateways.sandbox import SandboxRail
from marketplace.gateways.stripe_connect.rail import StripeRail
from marketplace.gateways.timestamping import HttpAuthority
from marketplace.kernel.ports import Mailer, MediaStorage, PdfMaker
from marketplace.rails.port import Rail, Rails, Transactions
from marketplace.settings import Settings

SECONDS_TO_CONNECT = 5
SECONDS_TO_READ = 30


def make_storage(media_url: str) -> MediaStorage:
    """The storage that MEDIA_URL names: a folder, file://folder, or s3://bucket?endpoint=…&region=….

    Raises ImportError with a sentence when S3 is asked for and the extra is not installed.
    """
    parts = urlsplit(media_url)
    if parts.scheme != "s3":
        return LocalStorage(_folder(media_url))
    from marketplace.gateways.s3_storage import S3Storage

    return S3Storage(_s3_client(parts.query, "MEDIA_URL"), parts.netloc)


def make_anchor_store(url: str) -> AnchorStore:
    """The place that one of AUDIT_ANCHORS names; raises ImportError as `make_storage`."""
    parts = urlsplit(url)
    if parts.scheme != "s3":
        return FolderAnchors(_folder(url))
    prefix = parts.path.strip("/")
    client = _s3_client(parts.query, "AUDIT_ANCHORS")
    return S3Anchors(client, parts.netloc, f"{prefix}/" if prefix else "")


def make_stamping(settings: Settings) -> Stamping | None:
    """The time stamp authority that TIMESTAMP_URL names, None without one."""
    if not settings.timestamp_url:
        return None
    return Stamping(HttpAuthority(settings.timestamp_url), dt.timedelta(minutes=settings.timestamp_minutes))


def make_pdf_maker() -> PdfMaker | None:
    """What makes PDF files; None where the extra `pdf` or the libraries under it are missing."""
    try:
        from marketplace.gateways.pdf import WeasyPdf
    except (ImportError, OSError):
        return None
    return WeasyPdf()


def _folder(url: str) -> Path:
    parts = urlsplit(url)
    return Path(unquote(parts.path) if parts.scheme == "file" else url)


def _s3_client(query: str, setting: str) -> Any:
    try:
        import boto3
        from botocore.config import Config
    except ImportError:
        raise ImportError(f"{setting} names S3, which needs the extra: pip install 'piecework[s3]'.") from None
    options = parse_qs(query)
    return boto3.client(
        "s3",
        endpoint_url=options.get("endpoint", [None])[0],
        region_name=options.get("region", [None])[0],
        # Newer checksums travel in a way that most compatible stores do not understand.
        config=Config(
            connect_timeout=SECONDS_TO_CONNECT,
            read_timeout=SECONDS_TO_READ,
            retries={"mode": "standard"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def make_mailer(mail_url: str, transactions: Transactions) -> Mailer:
    """The mailer that MAIL_URL names: "development" or an SMTP server."""
    return DevelopmentMailer(transactions) if mail_url == "development" else SmtpMailer(mail_url)


def own_accounts(settings: Settings) -> dict[str, OwnAccount]:
    """The platform's bank accounts by currency."""
    holder = settings.bank_holder or ""
    return {one.currency: OwnAccount(holder, *one) for one in settings.bank_accounts}


def make_rails(transactions: Transactions, settings: Settings) -> Rails:
    """The rails of this installation by name: Stripe where it has a key, the bank where we have accounts, and the
    sandbox unless money is real.
    """
    rails: dict[str, Rail] = {}
    if settings.stripe_secret_key is not None:
        stripe = StripeRail(
            settings.stripe_secret_key, settings.stripe_api_base, settings.stripe_webhook_secret, transactions
        )
        rails[stripe.name] = stripe
    if settings.bank_accounts:
        bank = BankRail(transactions, own_accounts(settings), trial=settings.bank_trial)
        rails[bank.name] = bank
    if not any(rail.real_money for rail in rails.values()):
        rails[SandboxRail.name] = SandboxRail(transactions)
    return rails
