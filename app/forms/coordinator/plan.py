"""The form of a round: its terms, in the words and on the clock of the neighbourhood."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    RadioField,
    SelectField,
    TextAreaField,
    TimeField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, NumberRange, Optional

from app import i18n
from app.forms.coordinator.fields import (
    MoneyField,
    VatField,
    choices,
    filled_in,
    local_moment,
    required,
    text,
    tidy,
)
from purchasing.category import Category, DeliveryShare, SettlementMode, SharingRule
from purchasing.errors import N_
from purchasing.people import Network, VatStatus
from purchasing.rounds import InvoiceAt, Round, ShortfallRule

MODE_WORDS = {
    SettlementMode.RESALE: N_("We buy and resell: participants get an invoice"),
    SettlementMode.SHARED: N_("Neighbours share the costs: participants get a settlement"),
    SettlementMode.DIRECT: N_("The supplier bills each participant: they get a confirmation"),
    SettlementMode.REFERRAL: N_("A licensed party contacts each participant: they get a receipt"),
    SettlementMode.LICENSED: N_("A licensed intermediary runs it: an invoice of premium"),
}
SHARING_WORDS = {
    SharingRule.PROPORTIONAL: N_("Everybody in proportion to what they ordered"),
    SharingRule.FIRST_COME: N_("Who ordered first is served first"),
    SharingRule.ROTATE: N_("Who came off badly last time is served first"),
}
DELIVERY_WORDS = {
    DeliveryShare.EQUAL: N_("The same for everybody"),
    DeliveryShare.BY_AMOUNT: N_("Who orders more, pays more of it"),
}
SHORTFALL_WORDS = {
    ShortfallRule.WAIT: N_("Wait: a coordinator decides"),
    ShortfallRule.EXTEND: N_("Give everybody more time, once; after that it is cancelled"),
    ShortfallRule.CANCEL: N_("Cancel, and tell everybody"),
}
INVOICE_WORDS = {
    InvoiceAt.CLOSING: N_("When the round closes"),
    InvoiceAt.DELIVERY: N_("When the goods have come (for what is weighed)"),
}
COPIED = (
    "title",
    "description",
    "settlement_mode",
    "delivery_on",
    "pickup_from",
    "pickup_until",
    "pickup_place",
    "pickup_address",
    "contact_name",
    "contact_phone",
    "minimum_cents",
    "fee_cents",
    "fee_vat_bp",
    "sharing_rule",
    "delivery_share",
    "shortfall_rule",
    "extend_days",
    "invoice_at",
    "order_at_close",
    "prepayment_bp",
    "choose_days",
)
PARTS_AHEAD = (0, 1000, 2000, 2500, 3000, 4000, 5000)


class WhichTime(SelectField):
    """Asked only where a time comes twice; "first", "second" or nothing."""

    def __init__(self, **options: Any) -> None:
        times = choices(
            (
                ("", lazy_gettext("Choose")),
                ("first", lazy_gettext("The first time (summer time)")),
                ("second", lazy_gettext("The second time (winter time)")),
            )
        )
        label = lazy_gettext("Which of the two do you mean?")
        super().__init__(label, choices=times, validate_choice=False, **options)


def modes_offered(category: Category, network: Network) -> list[SettlementMode]:
    """How a round may be settled: by its category, and by what the network is.

    Without a VAT number the network cannot resell; with one it owes VAT over what it sells. For
    a licensed party it may run rounds only if it has the number of the licence on record.
    """
    barred: set[SettlementMode] = {
        VatStatus.NONE: {SettlementMode.RESALE},
        VatStatus.REGISTERED: {SettlementMode.SHARED},
    }.get(VatStatus(network.vat_status), set())
    if not network.afm_number:
        barred = barred | {SettlementMode.LICENSED}
    return [mode for mode in category.settlement_modes if mode not in barred]


def worded(words: Mapping[Any, str]) -> list[SelectChoice]:
    """Choices for a field, in the reader's language when they are shown."""
    return choices((str(key), lazy_gettext(word)) for key, word in words.items())


class RoundForm(FlaskForm):
    """The terms of a round. After `validate`, `opens_at` and `closes_at` are instants."""

    title = text(lazy_gettext("Name of the round"), 120, required())
    description = TextAreaField(
        lazy_gettext("What is it about?"),
        validators=[Optional(), Length(max=4000)],
        filters=[tidy],
    )
    settlement_mode = RadioField(lazy_gettext("Who buys?"), validators=[filled_in()])
    delivery_on = DateField(lazy_gettext("Day of delivery"), validators=[filled_in()])
    pickup_from = TimeField(lazy_gettext("Collect from"), validators=[Optional()])
    pickup_until = TimeField(lazy_gettext("Collect until"), validators=[Optional()])
    pickup_place = text(lazy_gettext("Place to collect"), 120)
    pickup_address = text(lazy_gettext("Address to collect"), 160)
    opens_on = DateField(lazy_gettext("Opens on"), validators=[filled_in()])
    opens_time = TimeField(lazy_gettext("Opens at"), validators=[filled_in()])
    opens_which = WhichTime()
    closes_on = DateField(lazy_gettext("Closes on"), validators=[filled_in()])
    closes_time = TimeField(lazy_gettext("Closes at"), validators=[filled_in()])
    closes_which = WhichTime()
    contact_name = text(lazy_gettext("Who answers questions?"), 120)
    contact_phone = text(lazy_gettext("Phone number for questions"), 40)
    minimum_cents = MoneyField(lazy_gettext("Least amount for the whole round"))
    fee_cents = MoneyField(lazy_gettext("Contribution to the network"))
    fee_vat_bp = VatField(lazy_gettext("VAT on the contribution"))
    sharing_rule = RadioField(
        lazy_gettext("Who gets what, when there is too little?"), choices=worded(SHARING_WORDS)
    )
    delivery_share = RadioField(
        lazy_gettext("Who pays for the delivery?"), choices=worded(DELIVERY_WORDS)
    )
    shortfall_rule = RadioField(
        lazy_gettext("What if the least amount is not reached?"), choices=worded(SHORTFALL_WORDS)
    )
    extend_days = IntegerField(
        lazy_gettext("How many days more?"),
        validators=[filled_in(), NumberRange(1, 60)],
    )
    invoice_at = RadioField(
        lazy_gettext("When do the papers go out?"), choices=worded(INVOICE_WORDS)
    )
    prepayment_bp = SelectField(
        lazy_gettext("Down payment"), coerce=int, default=0, validators=[filled_in()]
    )
    choose_days = IntegerField(
        lazy_gettext("Days to choose after a survey"),
        validators=[Optional(), NumberRange(0, 60)],
        filters=[lambda days: days or 0],
    )
    order_at_close = BooleanField(lazy_gettext("Order by itself when the round closes"))

    def __init__(self, category: Category, network: Network, zone: ZoneInfo, **more: Any) -> None:
        super().__init__(**more)
        self.zone = zone
        self.asks: set[str] = set()
        self.opens_at = self.closes_at = datetime.min.replace(tzinfo=UTC)
        modes = modes_offered(category, network)
        self.settlement_mode.choices = worded({mode: MODE_WORDS[mode] for mode in modes})
        self.prepayment_bp.choices = _parts_ahead(category)
        if not category.most_prepaid_bp:
            del self.prepayment_bp
        if not category.surveys:
            del self.choose_days

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        self.opens_at = self._moment("opens")
        self.closes_at = self._moment("closes")
        if not self.errors:
            self._check_order()
        return not self.errors

    def write_to(self, round_: Round) -> None:
        """Put what was typed into a planned round."""
        for name in COPIED:
            if name in self:
                setattr(round_, name, self[name].data)
        round_.opens_at, round_.closes_at = self.opens_at, self.closes_at

    def _moment(self, which: str) -> datetime:
        day, at, fold = (self[f"{which}_{part}"] for part in ("on", "time", "which"))
        try:
            return local_moment(
                day.data, at.data, self.zone, which=fold.data or "", ask=lambda: self._ask(which)
            )
        except ValidationError as error:
            at.errors = [*at.errors, str(error)]
            return self.opens_at

    def _ask(self, which: str) -> None:
        self.asks.add(which)
        field = self[f"{which}_which"]
        words = lazy_gettext("The clock goes back that night, so this time comes twice.")
        field.errors = [*field.errors, words]

    def _check_order(self) -> None:
        if self.opens_at >= self.closes_at:
            self.closes_on.errors = [lazy_gettext("A round must close after it opens.")]
        elif i18n.local(self.closes_at).date() > self.delivery_on.data:
            self.delivery_on.errors = [lazy_gettext("The delivery comes after the closing.")]
        if (
            self.pickup_from.data
            and self.pickup_until.data
            and self.pickup_from.data >= self.pickup_until.data
        ):
            self.pickup_until.errors = [lazy_gettext("This must be later than the beginning.")]


def _parts_ahead(category: Category) -> list[SelectChoice]:
    parts = [part for part in PARTS_AHEAD if part <= category.most_prepaid_bp]
    none = lazy_gettext("None: everything is paid at once")
    return choices((part, i18n.percent(part) if part else none) for part in parts)


def typed(round_: Round) -> dict[str, Any]:
    """The values of a round as its form shows them."""
    opens, closes = i18n.local(round_.opens_at), i18n.local(round_.closes_at)
    return {
        **{name: getattr(round_, name) for name in COPIED},
        **clock_of("opens", opens),
        **clock_of("closes", closes),
    }


def clock_of(which: str, local: datetime) -> dict[str, Any]:
    """A moment on the wall, in the three fields that ask for it."""
    return {
        f"{which}_on": local.date(),
        f"{which}_time": local.time().replace(second=0, microsecond=0),
        f"{which}_which": "second" if local.fold else "first",
    }
