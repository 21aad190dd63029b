"""Typed settings, read once from the environment.

Every setting is one field of `Settings`: its environment variable is the field's name in
upper case, and its documentation, default and rule stand beside it. `described()` gives
the table from which the documentation is generated.
"""

from __future__ import annotations

import ipaddress
import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from marketplace.kernel.bank_numbers import compact, is_bic, is_iban
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money, known_currency

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


BOOK_FORMATS: Final = ("csv", "xlsx", "beancount", "hledger")


class SettingsError(ValueError):
    """An environment variable breaks its rule; says which one and how."""

    def __init__(self, name: str, rule: str) -> None:
        """Name the variable and the rule it breaks."""
        super().__init__(f"{name}: {rule}")
        self.name = name
        self.rule = rule


class SettingDescription(NamedTuple):
    """One setting for the documentation: variable, default in words, meaning."""

    name: str
    default: str
    meaning: str


def _setting(meaning: str, read: Callable[[str], Any], default: str, shown: str | None = None) -> dict[str, Any]:
    """What a field carries: its meaning, how its text is read (ValueError says the rule), its default text."""
    return {"meaning": meaning, "read": read, "default": default, "shown": default if shown is None else shown}


def _folder(text: str) -> Path:
    if not text.strip():
        raise ValueError("a folder's path is needed")
    return Path(text).expanduser().absolute()


def _optional_path(text: str) -> Path | None:
    return Path(text).expanduser().absolute() if text else None


def _text(text: str) -> str:
    return text


def _whole_number(lowest: int, highest: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,18}", text) or not lowest <= int(text) <= highest:
            raise ValueError(f"must be a whole number from {lowest} to {highest}")
        return int(text)

    return read


def _workers(text: str) -> int:
    return _whole_number(1, 256)(text) if text else max(2, os.cpu_count() or 2)


def _flag(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError("must be 1 or 0")
    return text == "1"


def _host(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.:-]+", text):
        raise ValueError("must be a host name or an IP address")
    return text


def _database_url(text: str) -> str | None:
    if not text:
        return None
    parts = urlsplit(text)
    if parts.scheme not in ("postgresql", "postgres", "postgresql+psycopg"):
        raise ValueError("must be a URL that begins with postgresql://")
    if not parts.path.strip("/"):
        raise ValueError("must name a database, as in postgresql://user@host/piecework")
    return text


def _web_url(text: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme not in ("http", "https") or not parts.netloc):
        raise ValueError("must be a URL that begins with http:// or https://")
    return text.rstrip("/")


def _mail_url(text: str) -> str:
    if text != "development" and urlsplit(text).scheme not in ("smtp", "smtps"):
        raise ValueError('must be "development" or a URL such as smtp://user:password@host:587')
    return text


def _media_url(text: str) -> str:
    if text.startswith("s3://") and not urlsplit(text).netloc:
        raise ValueError("must name a bucket, as in s3://bucket?endpoint=https://host")
    if "://" in text and urlsplit(text).scheme not in ("s3", "file"):
        raise ValueError("must be a folder's path or s3://bucket?endpoint=https://host")
    return text


def _anchors(text: str) -> tuple[str, ...]:
    for place in text.split():
        _media_url(place)
    return tuple(text.split())


def _book_formats(text: str) -> tuple[str, ...]:
    wanted = tuple(name.strip() for name in text.split(",") if name.strip())
    if not set(wanted) <= set(BOOK_FORMATS):
        raise ValueError(f"must be some of {', '.join(BOOK_FORMATS)}, separated by commas")
    return wanted


def _level(text: str) -> str:
    if text.lower() not in ("debug", "info", "warning", "error"):
        raise ValueError("must be debug, info, warning or error")
    return text.lower()


def _origin(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._/-]{1,120}", text):
        raise ValueError("must be letters, digits, dots, dashes and slashes, without a scheme")
    return text


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError:
        raise ValueError("must be networks such as 10.1.0.0/16, separated by commas") from None


def _optional_text(text: str) -> str | None:
    return text.strip() or None


def _minimums(text: str) -> dict[tuple[str, str], Money]:
    found = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        shape = re.fullmatch(r"([a-z]{1,40}) ([0-9.]{1,20}) ([A-Z]{3})", part)
        try:
            if shape is None:
                raise ValueError
            minimum = Money.parse(shape[2], shape[3])
        except (DomainError, ValueError):
            raise ValueError("must be amounts by rail such as stripe 5 USD, separated by commas") from None
        found[shape[1], shape[3]] = minimum
    return found


def _amounts(text: str) -> dict[str, Money]:
    found = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        amount, _, currency = part.partition(" ")
        try:
            found[currency] = Money.parse(amount, currency)
        except (DomainError, ValueError):
            raise ValueError("must be amounts such as 100 USD, separated by commas") from None
    return found


def _stripe_key(text: str) -> str | None:
    if text and not re.fullmatch(r"(sk|rk)_(test|live)_[A-Za-z0-9_]{1,250}", text):
        raise ValueError("must be a secret key of Stripe, which begins with sk_test_, sk_live_, rk_test_ or rk_live_")
    return text or None


class OwnBankAccount(NamedTuple):
    """One of the platform's own accounts: an IBAN or number, and the BIC of the bank."""

    currency: str
    number: str
    bic: str


def _bank_accounts(text: str) -> tuple[OwnBankAccount, ...]:
    accounts = []
    for part in text.split(",") if text.strip() else ():
        words = [compact(word) for word in part.split(":")]
        if len(words) != 3 or not known_currency(words[0]) or not is_bic(words[2]):
            raise ValueError("must be CURRENCY:IBAN:BIC, separated by commas, such as EUR:NL91ABNA0417164300:ABNANL2A")
        if not re.fullmatch(r"[A-Z0-9]{1,34}", words[1]) or (words[1][:2].isalpha() and not is_iban(words[1])):
            raise ValueError(f"the check digits of the IBAN of the account in {words[0]} do not fit")
        accounts.append(OwnBankAccount(*words))
    if len({account.currency for account in accounts}) != len(accounts):
        raise ValueError("must name one account for each currency")
    return tuple(accounts)


def _secret(text: str) -> str | None:
    if text and len(text) < SECRET_LENGTH_MIN:
        raise ValueError(f"must have at least {SECRET_LENGTH_MIN} characters")
    return text or None


SECRET_LENGTH_MIN: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the operator can choose; immutable after start."""

    data_dir: Path = field(
        metadata=_setting("Folder of the embedded database, the keys and the stored media.", _folder, "./.piecework")
    )
    host: str = field(metadata=_setting("Address the web server listens on.", _host, "127.0.0.1"))
    port: int = field(metadata=_setting("Port the web server listens on.", _whole_number(1, 65535), "8000"))
    web_workers: int = field(
        metadata=_setting("Number of web processes.", _workers, "", shown="one per processor, at least 2")
    )
    public_url: str = field(
        metadata=_setting(
            "The address under which people reach the service; used in links and mails; passkeys are bound to it.",
            _web_url,
            "",
            shown="http://HOST:PORT, with localhost for 127.0.0.1",
        )
    )
    database_url: str | None = field(
        metadata=_setting(
            "The database as the serving role, which does not own the tables.",
            _database_url,
            "",
            shown="the embedded PostgreSQL",
        )
    )
    database_owner_url: str | None = field(
        metadata=_setting(
            "The same database as the role that owns the tables; used to migrate.",
            _database_url,
            "",
            shown="the embedded PostgreSQL",
        )
    )
    allow_one_role: bool = field(
        metadata=_setting(
            "1 accepts one role for both database URLs, at the price of append-only tables "
            "that the program itself could change.",
            _flag,
            "0",
        )
    )
    secret_key: str | None = field(
        metadata=_setting(
            "Signs sessions, links and cursors; 32 characters or more.",
            _secret,
            "",
            shown="made once and kept in DATA_DIR/secret_key",
        )
    )
    audit_key_file: Path | None = field(
        metadata=_setting(
            "Ed25519 key (PEM, PKCS 8) which signs the checkpoints of the audit log.",
            _optional_path,
            "",
            shown="made once and kept in DATA_DIR/audit_key.pem",
        )
    )
    audit_origin: str = field(
        metadata=_setting(
            "Name of the audit log in its checkpoints; never change it once others keep them.",
            _origin,
            "piecework.localhost/audit",
        )
    )
    audit_checkpoint_file: Path | None = field(
        metadata=_setting(
            "File in which the sealer keeps the newest checkpoint, on a disk that is not restored with the database: "
            "it refuses to seal a log that does not reach to it.",
            _optional_path,
            "",
            shown="none",
        )
    )
    audit_anchors: tuple[str, ...] = field(
        metadata=_setting(
            "Where checkpoints are kept outside the database, each written once: folders or "
            "s3://bucket/prefix?endpoint=https://host, separated by spaces.",
            _anchors,
            "",
            shown="none",
        )
    )
    audit_anchor_minutes: int = field(
        metadata=_setting(
            "Minutes between two checkpoints that are kept there, where the log has grown.",
            _whole_number(1, 1440),
            "10",
        )
    )
    timestamp_url: str = field(
        metadata=_setting(
            "Time stamp authority (RFC 3161) that stamps checkpoints of the audit log, such as https://tsa.example/tsr.",
            _web_url,
            "",
            shown="none",
        )
    )
    timestamp_minutes: int = field(
        metadata=_setting(
            "Minutes between two time stamps, where the log has grown.",
            _whole_number(1, 10080),
            "60",
        )
    )
    development: bool = field(
        metadata=_setting(
            "1 shows the mail page, prints sign-in links and lets the market clock be moved; "
            "only with a HOST on this machine.",
            _flag,
            "0",
        )
    )
    mail_url: str = field(
        metadata=_setting(
            'Where mail goes: "development" keeps it for the development mail page.', _mail_url, "development"
        )
    )
    media_url: str = field(
        metadata=_setting(
            "Where media is kept: a folder, or s3://bucket?endpoint=https://host.",
            _media_url,
            "",
            shown="DATA_DIR/media",
        )
    )
    fee_ppm: int = field(
        metadata=_setting(
            "The platform's fee for new jobs, in parts per million of the client's price.",
            _whole_number(0, 1_000_000),
            "50000",
        )
    )
    inspection_days: int = field(
        metadata=_setting(
            "Days after an answer's acceptance in which its quality can be claimed, for new jobs whose client does not "
            "say; a layer's margin does not fall due before they are over, a worker's pay does not wait for them.",
            _whole_number(0, 90),
            "14",
        )
    )
    advance_fee_ppm: int = field(
        metadata=_setting(
            "What a worker pays for taking earned pay before its day, in parts per million of it; 0 is free. Never "
            "more than ADVANCE_FEE_PPM_MAX.",
            _whole_number(0, 1_000_000),
            "0",
        )
    )
    advance_fee_ppm_max: int = field(
        metadata=_setting(
            "The ceiling of ADVANCE_FEE_PPM, at most 50000 (5 %); the service does not start with a fee above it.",
            _whole_number(0, 50_000),
            "0",
        )
    )
    guarantee_fund_share_ppm: int = field(
        metadata=_setting(
            "What the wage guarantee fund gets by itself of the fees that are taken out, in parts per million, a day "
            "later; 0 is nothing. It comes from the operating account, never from what belongs to others.",
            _whole_number(0, 1_000_000),
            "0",
        )
    )
    guarantee_fund_target_ppm: int = field(
        metadata=_setting(
            "How much the wage guarantee fund grows by GUARANTEE_FUND_SHARE_PPM at the most: parts per million of the "
            "pay that workers are owed, due and not, in each currency.",
            _whole_number(0, 1_000_000),
            "50000",
        )
    )
    rate_limit_per_minute: int = field(
        metadata=_setting(
            "Requests a minute for one key or session; 0 is no limit.", _whole_number(0, 10_000_000), "1200"
        )
    )
    rate_limit_claims_per_minute: int = field(
        metadata=_setting(
            "Claims and submissions a minute for one key or session, counted apart; 0 is no limit.",
            _whole_number(0, 10_000_000),
            "600",
        )
    )
    claims_held_max: int = field(
        metadata=_setting(
            "How many tasks one worker may hold at once, besides what was sent back to them; a job may say fewer.",
            _whole_number(1, 1000),
            "50",
        )
    )
    payout_minimums: Mapping[tuple[str, str], Money] = field(
        hash=False,  # a mapping has none
        metadata=_setting(
            "The least that a rail pays out, by the currency that is owed, such as `stripe 5 USD, sandbox 10 CNY`. "
            "What is less stays due and grows; workers see how much is missing, and margins above them wait too. It "
            "costs a payee nothing, and ends after PAYOUT_WAIT_DAYS_MAX.",
            _minimums,
            "",
            "none",
        ),
    )
    payout_wait_days_max: int = field(
        metadata=_setting(
            "After so many days due pay waits no longer for a rail's minimum, nor what payouts left over for the next "
            "installment: it is paid however little it is, and what that costs is the platform's.",
            _whole_number(1, 366),
            "60",
        )
    )
    reconciliation_alone_max: Mapping[str, Money] = field(
        hash=False,  # a mapping has none
        metadata=_setting(
            "The largest line of a rail or bank of which one person of finance may say alone what it was, by currency, "
            "such as `100 USD, 700 CNY`; above it, and in every other currency, a second person must agree.",
            _amounts,
            "",
            "none: always two people",
        ),
    )
    export_keep_hours: int = field(
        metadata=_setting("How long the file of an export is kept, in hours.", _whole_number(1, 720), "72")
    )
    books_kept_formats: tuple[str, ...] = field(
        metadata=_setting(
            "As what the books of each month are kept in storage: of csv (each table, and ageing), xlsx, beancount "
            "and hledger, separated by commas; empty: as nothing. A month that is kept already stays as it is.",
            _book_formats,
            ",".join(BOOK_FORMATS),
        )
    )
    books_kept_days: int = field(
        metadata=_setting("How many days after the end of a month its books are kept.", _whole_number(1, 28), "1")
    )
    operations_at_once: int = field(
        metadata=_setting(
            "Operations (long work such as exports) that one scheduler process runs side by side; with two or more, "
            "one organization never takes all places.",
            _whole_number(1, 64),
            "3",
        )
    )
    webhook_key_file: Path | None = field(
        metadata=_setting(
            "Key (32 bytes in base64) which encrypts the signing secrets of webhooks; the web server and the "
            "scheduler need the same. Without it these secrets cannot be read again.",
            _optional_path,
            "",
            shown="made once and kept in DATA_DIR/webhook_key",
        )
    )
    payee_key_file: Path | None = field(
        metadata=_setting(
            "Keys (32 bytes in base64, one a line) which encrypt bank and personal data of payees: the first encrypts, "
            "every one decrypts. All processes need the same. Without them nobody knows where payees are paid.",
            _optional_path,
            "",
            shown="made once and kept in DATA_DIR/payee_key",
        )
    )
    webhook_networks_allowed: tuple[Network, ...] = field(
        metadata=_setting(
            "Networks to which webhooks may be sent although they are private, on any port; separated by commas.",
            _networks,
            "",
            shown="none",
        )
    )
    webhook_failing_days_max: int = field(
        metadata=_setting(
            "Days for which a webhook may fail without a success before it is disabled.", _whole_number(1, 365), "5"
        )
    )
    webhook_retention_days: int = field(
        metadata=_setting(
            "Days for which deliveries of webhooks that have ended are kept in their log.",
            _whole_number(1, 3650),
            "30",
        )
    )
    layer_silent_days_max: int = field(
        metadata=_setting(
            "Days of market time for which a layer that owes verdicts may let answers wait without giving any, before "
            "it is in default and another takes its contract over.",
            _whole_number(1, 3650),
            "14",
        )
    )
    dormant_after_days: int = field(
        metadata=_setting(
            "Days, by the market's clock, after which held money that its payee could fetch counts as unclaimed; "
            "notices go out 180 and 30 days before. It stays the payee's.",
            _whole_number(365, 36500),
            "1095",
        )
    )
    hold_worker_days_max: int = field(
        metadata=_setting(
            "Days, by the market's clock, for which finance may hold the pay of one worker in any 90 days, all holds "
            "together.",
            _whole_number(1, 90),
            "30",
        )
    )
    stripe_secret_key: str | None = field(
        metadata=_setting(
            "Secret key of the platform's account at Stripe; with it the rail stripe is there. A test key moves no "
            "real money; with a live key the market's clock cannot be moved.",
            _stripe_key,
            "",
            shown="no Stripe",
        )
    )
    stripe_api_base: str = field(
        metadata=_setting(
            "Where Stripe answers; `piecework fake-stripe` is an imitation for trying.",
            _web_url,
            "https://api.stripe.com",
        )
    )
    stripe_webhook_secret: str | None = field(
        metadata=_setting(
            "Signing secrets of the webhooks that Stripe sends to PUBLIC_URL/hooks/rails/stripe, with a comma between: "
            "of the one for the platform's account, and of the one for connected accounts.",
            _optional_text,
            "",
            shown="webhooks are refused, Stripe is asked instead",
        )
    )
    metrics_token: str | None = field(
        metadata=_setting(
            "Token that a monitor sends to read /metrics (`Authorization: Bearer ...`); 32 characters or more.",
            _secret,
            "",
            shown="none: /metrics answers programs on this machine only, and nobody through a proxy",
        )
    )
    bank_accounts: tuple[OwnBankAccount, ...] = field(
        metadata=_setting(
            "The platform's wage accounts, one for each currency, as CURRENCY:IBAN:BIC or CURRENCY:NUMBER:BIC, "
            "separated by commas; with them the rail bank is there, and the market's clock cannot be moved.",
            _bank_accounts,
            "",
            shown="no bank",
        )
    )
    bank_holder: str | None = field(
        metadata=_setting(
            "Who holds these accounts, as the bank writes it; in payment files, and shown to clients who pay in.",
            _optional_text,
            "",
            shown="none; needed with BANK_ACCOUNTS",
        )
    )
    bank_trial: bool = field(
        metadata=_setting(
            "1 to try the rail bank: its files are named TEST-… and must never reach a bank, no money moves, and the "
            "clock may be moved.",
            _flag,
            "0",
        )
    )
    log_level: str = field(metadata=_setting("Least level that is logged.", _level, "info"))

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read the settings; raises SettingsError for the first value that breaks its rule."""
        source = os.environ if environ is None else environ
        values: dict[str, Any] = {}
        for declared in fields(cls):
            name = declared.name.upper()
            text = source.get(name, "") or declared.metadata["default"]
            try:
                values[declared.name] = declared.metadata["read"](text)
            except ValueError as error:
                raise SettingsError(name, str(error)) from None
        settings = cls(**_completed(values))
        settings._check_together()
        return settings

    def _check_together(self) -> None:
        if bool(self.database_url) != bool(self.database_owner_url):
            missing = "DATABASE_OWNER_URL" if self.database_url else "DATABASE_URL"
            raise SettingsError(missing, "must be set as well, or neither of the two database URLs")
        if self.bank_accounts and not self.bank_holder:
            raise SettingsError("BANK_HOLDER", "must be set as well where BANK_ACCOUNTS is")
        if self.advance_fee_ppm > self.advance_fee_ppm_max:
            raise SettingsError("ADVANCE_FEE_PPM", f"may not be above ADVANCE_FEE_PPM_MAX ({self.advance_fee_ppm_max})")
        if self.development and not is_loopback(self.host):
            raise SettingsError("DEVELOPMENT", "may be 1 only when HOST is an address of this machine")

    def load_secret_key(self) -> str:
        """The signing secret; made once and kept, readable by its owner only."""
        if self.secret_key is not None:
            return self.secret_key
        path = self.data_dir / "secret_key"
        return read_or_create(path, lambda: secrets.token_urlsafe(48).encode()).decode()


def _completed(values: dict[str, Any]) -> dict[str, Any]:
    """Fill in the defaults that follow from other settings."""
    host, data_dir = values["host"], values["data_dir"]
    # By its name, since browsers have no passkeys for a bare address.
    shown_host = "localhost" if host == "127.0.0.1" else f"[{host}]" if ":" in host else host
    values["public_url"] = values["public_url"] or f"http://{shown_host}:{values['port']}"
    values["media_url"] = values["media_url"] or str(data_dir / "media")
    values["audit_key_file"] = values["audit_key_file"] or data_dir / "audit_key.pem"
    values["webhook_key_file"] = values["webhook_key_file"] or data_dir / "webhook_key"
    values["payee_key_file"] = values["payee_key_file"] or data_dir / "payee_key"
    if values["allow_one_role"]:
        values["database_owner_url"] = values["database_owner_url"] or values["database_url"]
    return values


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def read_or_create(path: Path, make: Callable[[], bytes]) -> bytes:
    """The file's bytes; where it is missing, make it with mode 0600, once.

    Two processes may start together: the first to link the finished file wins, and both
    read the same bytes. Raises OSError when the folder cannot be written.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(make())
                stream.flush()
                os.fsync(stream.fileno())
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first; its bytes are the ones that count
        finally:
            draft.unlink(missing_ok=True)
    return path.read_bytes()


def described() -> list[SettingDescription]:
    """Every setting with its default and meaning, in the order they are declared."""
    return [
        SettingDescription(declared.name.upper(), declared.metadata["shown"], declared.metadata["meaning"])
        for declared in fields(Settings)
    ]
