"""Demands of all kinds, made at random."""

from hypothesis import strategies as st

from purchasing.allocation import SharingRule
from purchasing.category import DeliveryShare, Demand, ItemTerms, SupplierTerms, Wanted

rates = st.sampled_from([0, 900, 2100])
cents = st.integers(0, 2_000)


@st.composite
def demands(draw: st.DrawFn) -> Demand:
    suppliers = draw(
        st.lists(
            st.builds(
                SupplierTerms,
                supplier_id=st.integers(1, 3),
                minimum_cents=cents,
                free_delivery_cents=st.none() | cents,
                delivery_cents=cents,
                delivery_vat_bp=rates,
            ),
            min_size=1,
            max_size=3,
            unique_by=lambda terms: terms.supplier_id,
        )
    )
    of_whom = st.sampled_from([terms.supplier_id for terms in suppliers])
    items = draw(st.lists(articles(of_whom), max_size=3, unique_by=lambda item: item.id))
    wants = draw(
        st.lists(
            st.builds(
                Wanted,
                participant_id=st.integers(1, 7),
                item_id=st.sampled_from([item.id for item in items]) if items else st.nothing(),
                quantity=st.integers(0, 12),
                extra=st.integers(0, 4),
                queue=st.sampled_from([(), ((3, 2),), ((1, 1), (5, 9))]),
                lost_before=st.integers(0, 3),
            ),
            max_size=12 if items else 0,
            unique_by=lambda want: (want.participant_id, want.item_id),
        )
    )
    return Demand(
        items=tuple(items),
        wants=tuple(wants),
        suppliers=tuple(suppliers),
        minimum_cents=draw(cents),
        sharing_rule=draw(st.sampled_from(SharingRule)),
        delivery_share=draw(st.sampled_from(DeliveryShare)),
        states_vat=draw(st.booleans()),
        fee_cents=draw(st.sampled_from([0, 150])),
        fee_vat_bp=draw(rates),
        without_suppliers=draw(st.just(frozenset()) | st.frozensets(of_whom, max_size=1)),
    )


def articles(suppliers: st.SearchStrategy[int]) -> st.SearchStrategy[ItemTerms]:
    return st.builds(
        ItemTerms,
        id=st.integers(11, 19),
        supplier_id=suppliers,
        unit_price=st.integers(0, 9_999_999),
        case_pieces=st.integers(1, 8),
        piece_milli=st.sampled_from([1000, 500, 250, 333]),
        vat_bp=rates,
        deposit_cents=st.sampled_from([0, 0, 25]),
        tiers=st.sampled_from([(), ((6, 450_000), (12, 400_000))]),
    )
