import pytest

from purchasing import people
from purchasing.people import Role
from tests.builders import a_household, a_person, a_shop


def test_the_last_administrator_stays(session):
    only = a_person(session, "Ada", role=Role.ADMINISTRATOR)

    with pytest.raises(people.LastAdministrator):
        people.dismiss(session, only.memberships[0])


def test_one_who_may_not_sign_in_any_more_is_no_other_administrator(session):
    active = a_person(session, "Ada", role=Role.ADMINISTRATOR)
    gone = a_person(session, "Ben", role=Role.ADMINISTRATOR)
    gone.active = False
    session.flush()

    with pytest.raises(people.LastAdministrator):
        people.dismiss(session, active.memberships[0])


def test_an_administrator_may_go_while_another_can_sign_in(session):
    leaving = a_person(session, "Ada", role=Role.ADMINISTRATOR)
    a_person(session, "Ben", role=Role.ADMINISTRATOR)

    people.dismiss(session, leaving.memberships[0])

    assert leaving.roles == frozenset()


def test_participants_are_numbered_one_after_another(session):
    first, second = a_household(session, "Een"), a_shop(session, "Twee")

    assert second.number == first.number + 1


@pytest.mark.parametrize("value", ["1234567", "123456789", "1234567a", "१२३४५६७८"])
def test_a_chamber_of_commerce_number_has_eight_digits(value):
    with pytest.raises(people.NotAKvkNumber):
        people.check_kvk(value)


@pytest.mark.parametrize("value", ["NL123456789B01", "123456782B90X", "BE0123456789"])
def test_a_vat_id_is_dutch_and_checked_by_its_digits(value):
    with pytest.raises(people.NotAVatId):
        people.check_vat_id(value)


def test_ids_are_kept_without_the_blanks_they_are_typed_with():
    assert people.check_kvk("1234 5678") == "12345678"
    assert people.check_vat_id("123456782 B90") == "NL123456782B90"
    assert people.check_vat_id(" ") == ""
