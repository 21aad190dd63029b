import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.gateways.bank.details import BankDetails, read_details
from marketplace.gateways.bank.references import end_to_end_id, end_to_end_ids_in, subject_of
from marketplace.kernel.bank_numbers import check_digits_fit, creditor_reference, creditor_references_in, is_iban
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id, public


@pytest.mark.parametrize(
    "text", ["NL91ABNA0417164300", "DE89370400440532013000", "GB82WEST12345698765432", "NO9386011117947"]
)
def test_published_ibans_are_ibans_and_no_other_check_digits_fit(text: str) -> None:
    assert is_iban(text)
    assert not any(is_iban(f"{text[:2]}{wrong:02}{text[4:]}") for wrong in range(2, 99) if f"{wrong:02}" != text[2:4])


@given(st.integers(1, 10**9 - 1), st.integers(2, 12), st.integers(1, 9))
def test_a_reference_is_found_however_it_is_grouped_and_never_with_a_wrong_digit(number: int, at: int, by: int) -> None:
    reference = creditor_reference(number)
    written = f"for job 7, rf {reference[2:4]} {reference[4:8]} {reference[8:]} thanks"
    assert creditor_references_in(written) == [reference]
    wrong = f"{reference[:at]}{(int(reference[at]) + by) % 10}{reference[at + 1 :]}"
    assert creditor_references_in(wrong) == []


def test_the_known_example_of_a_creditor_reference_has_its_check_digits() -> None:
    assert check_digits_fit("RF18539007547034")
    assert check_digits_fit(creditor_reference(1))
    with pytest.raises(ValueError, match="nine digits"):
        creditor_reference(10**9)


def test_an_end_to_end_id_leads_back_to_payout_and_attempt_in_thirty_five_characters() -> None:
    payout_id = new_id()
    reference = end_to_end_id("payout", payout_id, 12)
    assert len(reference) <= 35
    assert subject_of(reference) == ("payout", public("payout", payout_id), 12)
    assert end_to_end_ids_in(f"EREF+{reference[:20]}\r\n{reference[20:]}SVWZ+thanks") == [reference]
    with pytest.raises(ValueError, match="three digits"):
        end_to_end_id("payout", payout_id, 1000)


@pytest.mark.parametrize(
    ("text", "details"),
    [
        ("Wanjiku Kamau / gb82 west 1234 5698 7654 32", BankDetails("Wanjiku Kamau", iban="GB82WEST12345698765432")),
        (
            "Ana Lima / BARCGB22 / GB82WEST12345698765432",
            BankDetails("Ana Lima", iban="GB82WEST12345698765432", bic="BARCGB22"),
        ),
        ("李 雷 / ICBKCNBJ / 6222 0200", BankDetails("李 雷", number="62220200", bic="ICBKCNBJ")),
        (
            "Asha Rao / infsc:hdfc0001234 / 50100012345678",
            BankDetails("Asha Rao", number="50100012345678", clearing_code="INFSC", member="HDFC0001234"),
        ),
    ],
)
def test_bank_details_are_read_as_people_write_them(text: str, details: BankDetails) -> None:
    assert read_details(text) == details
    assert read_details(details.text()) == details


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Wanjiku Kamau",
        "/ GB82WEST12345698765432",
        "Wanjiku Kamau / GB83WEST12345698765432",  # one wrong digit, and no bank
        "Wanjiku Kamau / 12345678",
        "Wanjiku Kamau / somewhere / 12345678",
        "Wanjiku Kamau / BARCGB22 / 1234<78",
        "Wanjiku Kamau / INFSC: / 12345678",
        f"{'W' * 141} / GB82WEST12345698765432",
        "a / b / c / d",
    ],
)
def test_what_no_bank_could_pay_to_is_refused_at_its_field(text: str) -> None:
    with pytest.raises(DomainError) as refusal:
        read_details(text)
    assert refusal.value.slug == "destination_invalid"
    assert [error.pointer for error in refusal.value.errors] == ["/destination"]
