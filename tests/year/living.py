"""All that people, suppliers, coordinators and the bank do in one neighbourhood."""

from tests.year.coordinators import Coordinators
from tests.year.debits import Debits
from tests.year.people import People


class Life(People, Coordinators, Debits):
    """One neighbourhood in its house, with what we know of both."""
