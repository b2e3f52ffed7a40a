"""The words for the parts of a round in the books, wherever they are shown."""

from purchasing.books.reconciliation import Part
from purchasing.errors import N_

PART_WORDS = {
    Part.GOODS: N_("Goods"),
    Part.DELIVERY: N_("Delivery"),
    Part.GOODS_AND_DELIVERY: N_("Goods and delivery"),
    Part.DEPOSIT: N_("Deposit"),
}
