"""What a city that begins with the platform brings along: running benefits taken over as awards, accounts to pay them to,
the treasuries' accounts. Invented numbers of an invented bank; a few accounts are planted wrong (see `WRONG_NAMES`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from tqdm import tqdm

from minzheng.awards.models import Award
from minzheng.awards.taking_over import take_over
from minzheng.base.queries import business_date
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor
from minzheng.payments.actions import load_accounts, set_paydays, set_payer
from minzheng.payments.loading import AccountRow
from minzheng.payments.models import PayDay, Payer
from minzheng.payments.types import Rest
from minzheng.registry.divisions import shipped_divisions
from minzheng.registry.models import Membership, Person
from minzheng.values.month import Month

BANK_CODE, BANK_NAME = "102164000012", "演练银行长治分行"
WRONG_NAMES = 997
"""Every so many accounts stand in another name, as in real life: the payroll's gate holds them."""
MONTHLY = (
    "dibao", "single", "phase_out", "tekun", "orphan", "unattended", "living_subsidy", "care_subsidy", "old_age",
    "centenarian",
)  # fmt: skip
"""What is paid month by month; relief and study aid are paid when they are granted."""
_AT_ONCE = 5_000


@dataclass(frozen=True)
class Brought:
    """How many awards, of how many receipts, and how many accounts."""

    awards: int
    left: int
    accounts: int


def bring_money(*, quiet: bool = False) -> Brought:
    """Take over what runs, a county at a time, each whole or not at all. Safe to repeat: twice is once."""
    actor = system_actor("demo")
    with scope(actor):
        on = business_date()
    awards = left = accounts = 0
    for county in tqdm(_counties(actor), desc="接管在享待遇", unit="县", disable=quiet):
        with scope(actor):
            taken = take_over(actor=actor, county=county, month=Month.of(on), on=on)
            awards, left = awards + taken.awards, left + len(taken.left)
        with scope(actor):
            accounts += load_accounts(
                actor=actor, rows=_accounts(county), since=on.replace(day=1), note=county
            )
            _payer(actor, county)
            _paydays(actor, county, Month.of(on), on)
    return Brought(awards, left, accounts)


def is_brought() -> bool:
    """Whether every county has all of it: the arrangement of its pay days comes last."""
    actor = system_actor("demo")
    with scope(actor):
        arranged = set(PayDay.objects.values_list("county", flat=True).distinct())
    return arranged >= set(_counties(actor))


def _counties(actor: Actor) -> list[str]:
    counties = [str(row.code) for row in shipped_divisions() if row.level == 6 and row.valid_to is None]
    return [code for code in counties if actor.covers(code)]


def _payer(actor: Actor, county: str) -> None:
    if not Payer.objects.filter(county=county, until=None).exists():
        set_payer(
            actor=actor,
            county=county,
            name="财政惠民补贴专户",
            number=f"0505{county}0001",
            bank_code=BANK_CODE,
        )


def _paydays(actor: Actor, county: str, now: Month, on: date) -> None:
    """The month of taking over is paid at its end, those after it by the tenth: an arrangement of the demonstration."""
    if PayDay.objects.filter(county=county).exists():
        return
    for since, day, rest in ((now, 31, Rest.AFTER), (now.plus(1), 10, Rest.BEFORE)):
        set_paydays(
            actor=actor, county=county, programmes=MONTHLY, since=since, day=day, rest=rest,
            document="演示用的发放安排", on=on,
        )  # fmt: skip


def _accounts(county: str) -> Iterator[AccountRow]:
    """One for a household's own benefits and one for each person's, in the name of the head or of the person."""
    held = (
        Award.objects.filter(division__startswith=county).values_list("household_id", "person_id").distinct()
    )
    some: list[tuple[int, int | None]] = []
    for pair in held.order_by("household_id", "person_id").iterator(_AT_ONCE):
        some.append(pair)
        if len(some) == _AT_ONCE:
            yield from _named(some)
            some = []
    yield from _named(some)


def _named(pairs: list[tuple[int, int | None]]) -> Iterator[AccountRow]:
    homes = [household for household, _person in pairs]
    ties = Membership.objects.filter(household_id__in=homes, home=True, superseded_at=None, until=None)
    heads: dict[int, int] = {}
    for household, head in ties.order_by("household_id", "position").values_list("household_id", "person_id"):
        heads.setdefault(household, head)
    payees = [heads.get(household, 0) if person is None else person for household, person in pairs]
    names = dict(Person.objects.filter(pk__in=payees).values_list("pk", "name"))
    for (household, person), payee in zip(pairs, payees, strict=True):
        if payee in names:
            name = names[payee]
            yield AccountRow(
                household=household,
                person=person,
                payee=payee,
                number=f"6299{household:09d}{(person or 0) % 1_000_000:06d}",
                bank_code=BANK_CODE,
                bank_name=BANK_NAME,
                holder_name=f"{name}（旧）" if household % WRONG_NAMES == 0 else name,
            )
