"""The ledger's books of a county and programme."""

from __future__ import annotations

from minzheng.payments.models import LedgerAccount
from minzheng.payments.types import Book


def books_of(county: str, programme: str) -> dict[Book, int]:
    """The ids of the books; empty before the first release."""
    found = LedgerAccount.objects.filter(county=county, programme=programme).values_list("book", "pk")
    return {Book(book): number for book, number in found}
