"""The kinds of insurance that somebody can be interested in, and the Broodfonds.

Left out on purpose: basic health insurance, on which no group may give a discount since 2023;
funeral and disability insurance, which turn on age and health.
"""

from purchasing.errors import N_
from purchasing.questions import Asked, Option

HOME, SHOP = Asked.HOUSEHOLDS, Asked.SHOPS

PRODUCTS = (
    Option("contents", N_("Contents of the home"), HOME),
    Option("building", N_("Building (if you own your home)"), HOME),
    Option("liability", N_("Liability"), HOME),
    Option("legal", N_("Legal assistance"), HOME),
    Option("travel", N_("Travel"), HOME),
    Option("health_supplement", N_("Supplementary health insurance"), HOME),
    Option("business_liability", N_("Business liability"), SHOP),
    Option("inventory", N_("Stock and inventory"), SHOP),
    Option("glass", N_("Glass"), SHOP),
    Option("cyber", N_("Computer crime (cyber)"), SHOP),
    Option("broodfonds", N_("Broodfonds (for the self-employed)")),
)
