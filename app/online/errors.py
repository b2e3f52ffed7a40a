"""What may go wrong with a payment provider."""


class Away(Exception):
    """It does not answer, or not in time, or not as agreed: try again later."""


class Refusing(Exception):
    """It says no, and will say so again."""
