"""What people agree to, and what must be said. Another wording of a consent is a new version."""

from collections.abc import Mapping

from purchasing.errors import N_
from purchasing.questions import Answer, ConsentText, ReceiptWords, Said

NOTICE = N_(
    "This is not an offer, no advice and no insurance. We only pass on who is interested, to a "
    "party with a licence. Do not cancel your present insurance."
)
CONSENTS = {
    "2026-1": N_(
        "I agree that my name, how I can be reached, my language and what I am "
        "interested in go to %(recipient)s (AFM %(afm_number)s). I can withdraw this at any time."
    ),
}

LICENSED_NOTICE = N_(
    "You ask for insurance here, of a party with a licence. Read its conditions first. You are "
    "insured when the insurer has accepted you: keep your present insurance until then."
)
LICENSED_CONSENTS = {
    "2026-L1": N_(
        "I ask %(recipient)s (AFM %(afm_number)s) for the insurance I chose, at the premium that "
        "is stated or a lower one, and shall pay it. My name, how I can be reached, my language "
        "and my choice go to that party."
    ),
}
TEXTS = CONSENTS | LICENSED_CONSENTS


def consent(particulars: Mapping[str, Answer]) -> ConsentText:
    version = str(particulars["consent_version"])
    return ConsentText(
        key="recipient",
        recipient=str(particulars["recipient"]),
        version=version,
        said=Said(TEXTS[version], _values(particulars)),
    )


def receipt(particulars: Mapping[str, Answer]) -> ReceiptWords:
    values = _values(particulars)
    return ReceiptWords(
        intro=Said(N_("We noted your interest in insurance.")),
        warnings=(
            Said(N_("This does not insure you.")),
            Said(N_("Do not cancel your present insurance. You have signed nothing.")),
            Said(N_("You need not pay anything.")),
        ),
        party=(N_("Adviser"), values["recipient"], Said(N_("AFM number %(afm_number)s"), values)),
        steps=(
            Said(
                N_("%(recipient)s gets your name, how to reach you, and what stands above."),
                values,
            ),
            Said(N_("%(recipient)s calls or writes to you. You decide for yourself."), values),
            Said(N_("We delete your answers 30 days after the list was made.")),
        ),
        leaving=(
            Said(
                N_("As long as you have signed nothing with %(recipient)s, you can leave."), values
            ),
        ),
        roles=(
            Said(N_("We bring people together. We give no advice, and we earn nothing by it.")),
            Said(N_("Advice and offers come from %(recipient)s (%(contact)s)."), values),
        ),
    )


def _values(particulars: Mapping[str, Answer]) -> dict[str, str]:
    return {
        "recipient": str(particulars["recipient"]),
        "afm_number": str(particulars["afm_number"]),
        "contact": str(particulars["recipient_contact"]),
    }
