from collections.abc import Mapping
from pathlib import Path

import pytest

from marketplace.settings import Settings, SettingsError, described, is_loopback, read_or_create


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = Settings.from_env({})
    assert (settings.host, settings.port, settings.public_url) == ("127.0.0.1", 8000, "http://localhost:8000")
    assert settings.data_dir == Path(".piecework").absolute()
    assert settings.media_url == str(settings.data_dir / "media")
    assert settings.audit_key_file == settings.data_dir / "audit_key.pem"
    assert settings.web_workers >= 2
    assert (settings.database_url, settings.database_owner_url) == (None, None)
    assert not settings.development
    assert settings.fee_ppm == 50_000


def test_an_empty_value_is_as_good_as_none() -> None:
    assert Settings.from_env({"PORT": "", "DATABASE_URL": ""}) == Settings.from_env({})


def test_values_are_read() -> None:
    settings = Settings.from_env(
        {
            "PORT": "9000",
            "HOST": "::1",
            "DEVELOPMENT": "1",
            "WEB_WORKERS": "3",
            "DATABASE_URL": "postgresql://app@db/piecework",
            "ALLOW_ONE_ROLE": "1",
            "LOG_LEVEL": "DEBUG",
            "MEDIA_URL": "s3://bucket?endpoint=https://s3.example",
            "MAIL_URL": "smtp://mail.example:587",
        }
    )
    assert settings.public_url == "http://[::1]:9000"
    assert settings.database_owner_url == settings.database_url
    assert (settings.web_workers, settings.log_level, settings.development) == (3, "debug", True)


@pytest.mark.parametrize(
    ("environ", "name", "rule"),
    [
        ({"PORT": "http"}, "PORT", "whole number from 1 to 65535"),
        ({"PORT": "70000"}, "PORT", "whole number"),
        ({"PORT": "-1"}, "PORT", "whole number"),
        ({"WEB_WORKERS": "0"}, "WEB_WORKERS", "whole number"),
        ({"DEVELOPMENT": "yes"}, "DEVELOPMENT", "1 or 0"),
        ({"DEVELOPMENT": "1", "HOST": "0.0.0.0"}, "DEVELOPMENT", "address of this machine"),
        ({"HOST": "a b"}, "HOST", "host name"),
        ({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL", "postgresql://"),
        ({"DATABASE_URL": "postgresql://host"}, "DATABASE_URL", "name a database"),
        ({"DATABASE_URL": "postgresql://a@b/c"}, "DATABASE_OWNER_URL", "must be set as well"),
        ({"DATABASE_OWNER_URL": "postgresql://a@b/c"}, "DATABASE_URL", "must be set as well"),
        ({"PUBLIC_URL": "piecework.example"}, "PUBLIC_URL", "https://"),
        ({"MAIL_URL": "pigeon"}, "MAIL_URL", "smtp://"),
        ({"MEDIA_URL": "ftp://x/y"}, "MEDIA_URL", "folder"),
        ({"MEDIA_URL": "s3://"}, "MEDIA_URL", "bucket"),
        ({"FEE_PPM": "1000001"}, "FEE_PPM", "1000000"),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL", "debug, info"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY", "32 characters"),
        ({"AUDIT_ORIGIN": "https://a b"}, "AUDIT_ORIGIN", "without a scheme"),
        ({"WEBHOOK_NETWORKS_ALLOWED": "10.0.0.1/8"}, "WEBHOOK_NETWORKS_ALLOWED", "networks such as"),
        ({"WEBHOOK_FAILING_DAYS_MAX": "0"}, "WEBHOOK_FAILING_DAYS_MAX", "whole number"),
        ({"DATA_DIR": " "}, "DATA_DIR", "path is needed"),
    ],
)
def test_a_value_that_breaks_its_rule_is_refused_with_its_name(
    environ: Mapping[str, str], name: str, rule: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(environ)
    assert caught.value.name == name
    assert rule in str(caught.value)


def test_the_secret_is_made_once_and_kept_for_its_owner_only(tmp_path: Path) -> None:
    settings = Settings.from_env({"DATA_DIR": str(tmp_path / "data")})
    secret = settings.load_secret_key()
    assert len(secret) >= 32
    assert settings.load_secret_key() == secret
    assert (tmp_path / "data" / "secret_key").stat().st_mode & 0o777 == 0o600


def test_a_given_secret_is_used_and_no_file_made(tmp_path: Path) -> None:
    settings = Settings.from_env({"DATA_DIR": str(tmp_path), "SECRET_KEY": "s" * 32})
    assert settings.load_secret_key() == "s" * 32
    assert list(tmp_path.iterdir()) == []


def test_of_two_who_make_a_file_at_once_the_first_wins(tmp_path: Path) -> None:
    path = tmp_path / "key"

    def overtaken() -> bytes:
        path.write_bytes(b"first")
        return b"second"

    assert read_or_create(path, overtaken) == b"first"
    assert list(tmp_path.iterdir()) == [path]


def test_every_setting_has_a_meaning_and_a_default_in_words() -> None:
    table = described()
    assert {"DATA_DIR", "PORT", "DATABASE_URL", "AUDIT_KEY_FILE", "SECRET_KEY"} <= {row.name for row in table}
    assert all(row.meaning.endswith(".") and row.default for row in table)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("a.b", False)],
)
def test_loopback_is_told_from_the_world(host: str, loopback: bool) -> None:
    assert is_loopback(host) == loopback


def test_a_fee_for_early_pay_above_its_ceiling_does_not_start() -> None:
    settings = Settings.from_env({"ADVANCE_FEE_PPM": "10000", "ADVANCE_FEE_PPM_MAX": "10000"})
    assert settings.advance_fee_ppm == 10_000
    with pytest.raises(SettingsError, match="ADVANCE_FEE_PPM_MAX"):
        Settings.from_env({"ADVANCE_FEE_PPM": "1"})
