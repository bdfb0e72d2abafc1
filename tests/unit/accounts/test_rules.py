"""What may be a name, an address, a password, a profile."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palabre.accounts import errors, rules, scopes
from palabre.accounts.model import Field, Preferences


@pytest.mark.parametrize("name", ["ana", "Ana_7", "_", "a" * 30])
def test_a_user_name_has_letters_digits_and_underscores(name: str) -> None:
    rules.check_username(name)


@pytest.mark.parametrize("name", ["", "a" * 31, "ana-b", "ana.b", "anä", "ana b", "ana\n", "ａna", "ana@b"])
def test_other_user_names_are_refused_by_field(name: str) -> None:
    with pytest.raises(errors.UsernameInvalid) as refused:
        rules.check_username(name)
    assert refused.value.field == "username"


def test_names_of_the_network_are_kept_for_the_operator() -> None:
    with pytest.raises(errors.UsernameTaken):
        rules.check_username("Admin")
    rules.check_username("admin", operator=True)


@pytest.mark.parametrize("email", ["a@b.co", "a.b+c@sub.example.org", "ä@exämple.org", "x'y@a-b.museum"])
def test_addresses_that_may_exist_pass(email: str) -> None:
    assert rules.check_email(f" {email} ") == email


@pytest.mark.parametrize(
    "email",
    ["", "a", "a@", "@b.co", "a@b", "a b@c.de", "a@b..co", "a@-b.co", "a@b.co\nBcc: x@y.zz", "a@@b.co"],
)
def test_addresses_that_cannot_exist_are_refused(email: str) -> None:
    with pytest.raises(errors.EmailInvalid):
        rules.check_email(email)


def test_passwords_are_long_enough_and_not_the_name() -> None:
    with pytest.raises(errors.PasswordTooShort):
        rules.check_password("seven77")
    with pytest.raises(errors.PasswordIsName):
        rules.check_password("AnaMaria", username="anamaria")
    with pytest.raises(errors.PasswordIsName):
        rules.check_password("ana@example.org", username="ana", email="Ana@example.org")
    with pytest.raises(errors.PasswordTooLong):
        rules.check_password("x" * 257)
    rules.check_password("eight888", username="ana")


def test_display_names_lose_what_forges_them() -> None:
    assert rules.check_display_name("  Ana \u202eanA\n\x00 ") == "Ana anA"
    with pytest.raises(errors.DisplayNameTooLong):
        rules.check_display_name("x" * 51)


def test_fields_keep_the_proof_of_what_did_not_change() -> None:
    before = (Field("Site", "https://a.example", 5), Field("Town", "Lyon", None))
    after = rules.check_fields(
        [Field("Site", "https://a.example"), Field("", ""), Field("Site", "https://b.example")], before
    )
    assert after == (Field("Site", "https://a.example", 5), Field("Site", "https://b.example", None))


def test_a_proof_cannot_be_brought_along() -> None:
    assert rules.check_fields([Field("Site", "https://a.example", 5)]) == (Field("Site", "https://a.example", None),)


def test_fields_have_bounds() -> None:
    with pytest.raises(errors.TooManyFields):
        rules.check_fields([Field(str(n), "x") for n in range(5)])
    with pytest.raises(errors.FieldTooLong):
        rules.check_fields([Field("x", "y" * 256)])
    with pytest.raises(errors.FieldWithoutName):
        rules.check_fields([Field("", "y")])


@pytest.mark.parametrize("unseen", ["\u200b", "\u3164\u3164", "\u2060 \u2800", "\ufe0f", "\u202e"])
def test_a_name_of_which_nothing_is_seen_is_none(unseen: str) -> None:
    """The user name is shown instead; as a link it would be nowhere."""
    assert rules.check_display_name(unseen) == ""
    assert rules.check_display_name(f"A{unseen}") == f"A{unseen}".replace("\u202e", "").strip()
    with pytest.raises(errors.FieldWithoutName):
        rules.check_fields([Field(unseen, "y")])
    for seen in ("👩\u200d🚀", "❤\ufe0f", "क\u094d", "ー", "."):
        assert rules.check_display_name(seen) == seen


def test_preferences_are_choices_that_exist() -> None:
    rules.check_preferences(Preferences(language="fr", post_language="pt-BR"))
    for wrong in ({"visibility": "direct"}, {"theme": "pink"}, {"language": "../etc"}):
        with pytest.raises(errors.PreferenceInvalid):
            rules.check_preferences(Preferences(**wrong))


@given(st.text(max_size=80))
def test_words_never_depend_on_case_or_composition(text: str) -> None:
    import unicodedata

    assert rules.words(unicodedata.normalize("NFD", text)) == rules.words(unicodedata.normalize("NFC", text))


def test_scopes_cover_their_parts() -> None:
    assert scopes.subset("read:accounts write", "read write") == "read:accounts write"
    assert scopes.subset("write:follows", "follow") == "write:follows"
    assert scopes.subset("", "read write") == "read"
    for wanted, granted in (
        ("write", "read"),
        ("read", "read:accounts"),
        ("admin:read", "read"),
        ("nonsense", "read"),
    ):
        with pytest.raises(errors.InvalidScope):
            scopes.subset(wanted, granted)
