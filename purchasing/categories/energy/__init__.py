"""Energy by tender: neighbours ask suppliers for one price, and each contracts for themselves.

The map. Everything here is pure: numbers in, numbers out; no database, no clock, no files.

    sign_up     raw answers -> profile.Profile      (reading, present: text to numbers and dates;
                                                     averages: CBS Haarlem, for an estimate)
    connection  sizes, what they carry, and the hint that a shop's is too large
    terms       Usage, TariffOffer, Contract        the words of everything below
    rates       what state and grid operator ask per calendar year: dated rows with their source
    tariff      twelve months in lines, exact       (costs: the lines as they are shown)
    saving      offer beside present contract, exit fee, band, and "no harm"
    lots        the anonymous lot sheet per segment; fewer than ten stay hidden
    bids        a sealed bid, its checks, its hash, its tiers      (bid_form: from raw answers)
    award       who is offered what, by the published rule; figures; what acceptances make of it
                (award_case: what goes in and comes out; personal_best with assignment; lowest)
    tender      from usage and opened bids to the award, in one text that anybody can replay
    plain       frozen dataclasses as canonical JSON, and back

Units: whole kWh and m³ a year; rates in millionths of a euro and fixed amounts in cents a year,
without VAT and tax; costs and savings in cents with VAT. Sources: the reference on energy and
insurance that the project keeps, and the pages named beside each rate.
"""
