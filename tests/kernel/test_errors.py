import pytest

from marketplace.kernel.errors import INVALID, NOT_FOUND, ErrorKind, FieldError, all_errors, define


def test_an_error_carries_its_spec_detail_fields_and_data() -> None:
    error = INVALID.error("Two things are wrong.", errors=[FieldError("/a", "missing", "Say a.")], hint=3)
    assert (error.slug, error.kind, error.title) == ("invalid", ErrorKind.INVALID, "The input breaks a rule")
    assert error.errors == (FieldError("/a", "missing", "Say a."),)
    assert error.data == {"hint": 3}
    assert str(error) == "invalid: Two things are wrong."


def test_a_slug_is_declared_once() -> None:
    with pytest.raises(ValueError, match="already defined"):
        define("not_found", ErrorKind.NOT_FOUND, "Again")


@pytest.mark.parametrize("slug", ["", "Not_found", "not-found", "not found", "_x", "x_"])
def test_slugs_are_plain_words(slug: str) -> None:
    with pytest.raises(ValueError, match="lower-case words"):
        define(slug, ErrorKind.STATE, "No")


def test_all_errors_are_listed_in_order_of_their_slugs() -> None:
    slugs = [spec.slug for spec in all_errors()]
    assert slugs == sorted(set(slugs))
    assert NOT_FOUND in all_errors()
