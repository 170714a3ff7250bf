"""An invented town for payments: families, their accounts and awards, staff of the treasury; and what tests do with them.

Households 1 to 9 live in 140403 (couple: persons 2h-1 and 2h), household 11 in another county (persons 21, 22).
"""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime

from django.db import connection

from minzheng.base.queries import actor_of
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor, Role
from minzheng.payments import actions
from minzheng.payments.models import Account, Payment, Payroll
from minzheng.payments.types import PayrollState, Relation, Signing
from minzheng.values.identity import compose
from minzheng.values.month import Month

COUNTY, VILLAGE, TOWN = "140403", 140403001001, 140403001
OTHER_COUNTY, OTHER_VILLAGE, OTHER_TOWN = "140423", 140423100007, 140423100
TODAY = date(2023, 7, 20)
JUNE, JULY, AUGUST, SEPTEMBER = Month(2023, 6), Month(2023, 7), Month(2023, 8), Month(2023, 9)
HOUSEHOLDS = (*range(1, 10), 11)
NAMES = "赵钱孙李周吴郑王冯陈褚"
ICBC, RURAL_BANK = "102164000012", "402164000019"

STAFF = {
    "maker": Role.PAYMENT_MAKER, "checker": Role.PAYMENT_CHECKER, "releaser": Role.PAYMENT_RELEASER,
    "desk": Role.TOWNSHIP_OFFICER, "auditor": Role.AUDITOR,
}  # fmt: skip


def people(household: int) -> tuple[int, int]:
    return 2 * household - 1, 2 * household


def name_of(person: int) -> str:
    return f"{NAMES[(person - 1) // 2]}{'甲乙'[(person - 1) % 2]}"


def number_of(person: int) -> str:
    """An invented bank account."""
    return f"62220213{person:08d}"


def fill() -> None:
    """Everything below, committed as the owner of the schema."""
    _families()
    with scope(system_actor("test")) as actor:
        _staff(actor)
        for household in HOUSEHOLDS:
            head, _spouse = people(household)
            account(household, None, head)
        for county in (COUNTY, OTHER_COUNTY):
            actions.set_payer(
                actor=actor, county=county, name="财政局社保专户", number=f"14{county}00000001", bank_code=ICBC, on=TODAY
            )  # fmt: skip


def _families() -> None:
    from minzheng.registry.bulk import bulk_load, tables_from

    since = date(2010, 1, 1)
    persons = [person for household in HOUSEHOLDS for person in people(household)]
    towns = [OTHER_TOWN if household == 11 else TOWN for household in HOUSEHOLDS]
    births = [date(1960 + person, 3, 1 + person % 20) for person in persons]
    twice = [town for town in towns for _ in range(2)]
    columns = [
        ("person", {
            "id": persons, "township": twice, "birth_date": births, "sex": [1 + person % 2 for person in persons],
            "resident_id": [compose("140499", b, p).reveal_for("tests") for b, p in zip(births, persons, strict=True)],
            "name": [name_of(person) for person in persons], "name_pinyin": ["" for _ in persons],
            "source": [1] * len(persons),
        }),
        ("household", {
            "id": list(HOUSEHOLDS), "township": towns,
            "village": [OTHER_VILLAGE if household == 11 else VILLAGE for household in HOUSEHOLDS],
            "opened_on": [since] * len(towns), "source": [1] * len(towns),
        }),
        ("membership", {
            "household_id": [household for household in HOUSEHOLDS for _ in range(2)], "township": twice,
            "person_id": persons, "person_township": twice, "relation": [1, 2] * len(towns),
            "position": [0, 1] * len(towns), "home": [True] * len(persons), "since": [since] * len(persons),
            "source": [1] * len(persons),
        }),
    ]  # fmt: skip
    with bulk_load(note="payments", recorded_at=datetime(2023, 1, 1, tzinfo=UTC)) as load:
        for name, table in tables_from(columns).items():
            load.add(name, table)
        load.publish()


def _staff(actor: Actor) -> None:
    from minzheng.base.actions import open_account

    for username, role in {**STAFF, "maker2": Role.PAYMENT_MAKER, "releaser2": Role.PAYMENT_RELEASER}.items():
        open_account(
            actor=actor, username=username, name=username, roles=[role], regions=[COUNTY], since=date(2020, 1, 1),
            password="not-a-real-password",
        )  # fmt: skip


def staff(username: str) -> Actor:
    from minzheng.base.models import Staff

    return actor_of(Staff.objects.get(username=username))


# -- accounts and awards ---------------------------------------------------------------------------------


def account(
    household: int, person: int | None, payee: int, *, on: date = date(2023, 1, 5), **given
) -> Account:
    """An account in the payee's own name, unless `given` says otherwise."""
    actor = given.pop("actor", None) or system_actor("test")
    written = {
        "number": number_of(payee), "bank_code": RURAL_BANK, "bank_name": "潞州农商行", "holder_name": name_of(payee),
        "phone": "13800000000",
    }  # fmt: skip
    relation = given.pop("relation", Relation.SELF)
    agreement = given.pop("agreement", None)
    key = given.pop("client_key", None) or uuid.uuid4()
    return actions.register_account(
        actor=actor, household=household, person=person, payee=payee, relation=relation, agreement=agreement,
        account=actions.AccountGiven(**(written | given)), client_key=key, on=on,
    )  # fmt: skip


def agreement(household: int) -> uuid.UUID:
    """A card keeper's agreement as it was filed."""
    from minzheng.base.documents.actions import keep
    from minzheng.base.documents.types import Kind

    kept = keep(
        actor=system_actor("test"), content=b"agreement", media_type="application/pdf", kind=Kind.EVIDENCE,
        division=str(VILLAGE), household=household, title="代管协议",
    )  # fmt: skip
    return kept.public_id


def award(
    household: int, fen: int, since: Month, *, programme: str = "dibao", person: int | None = None,
    until: Month | None = None, exact: str = "",
) -> int:  # fmt: skip
    """An award as the platform took it over in the month it begins."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into awards_award (number, division, household_id, person_id, programme, origin, since, ground,"
            " review_class, version, verb, reason, on_day) select %s, village::text, id, %s, %s, 'taken_over', %s, '', '',"
            " 1, 'take_over', 'tests', %s from registry_household where id = %s returning id",
            [f"T-{uuid.uuid4()}", person, programme, since.first_day, since.first_day, household],
        )
        (row,) = cursor.fetchone()
        for one in [person] if person else people(household):
            cursor.execute(
                "insert into awards_member (award_id, person_id, since, household_id, division, version)"
                " select id, %s, %s, household_id, division, version from awards_award where id = %s",
                [one, since.first_day, row],
            )
    add_term(row, fen, since, until, exact)
    return row


def change(award: int, fen: int, since: Month, until: Month | None = None, *, runs: bool = True) -> None:
    """A redetermination: another amount from a month on, or none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update awards_award set version = version + 1, verb = 'change', ground = case when %s then ground"
            " else 'voluntary' end where id = %s",
            [runs, award],
        )
    add_term(award, fen, since, until, runs=runs)


def stop(award: int, first_without: Month) -> None:
    change(award, 0, first_without, runs=False)


def add_term(
    award: int, fen: int, since: Month, until: Month | None, exact: str = "", *, runs: bool = True
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into awards_term (award_id, household_id, division, version, since, until, runs, fen, exact, cause)"
            " select id, household_id, division, version, %s, %s, %s, %s, %s, %s from awards_award where id = %s",
            [since.first_day, until.first_day if until else None, runs, fen, exact or str(fen),
             "taken_over" if runs else "ended", award],
        )  # fmt: skip


def die(person: int, on: date) -> None:
    """A death that is registered now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into registry_death (person_id, township, died_on, source) select id, township, %s, 1"
            " from registry_person where id = %s",
            [on, person],
        )


# -- the way of a payroll --------------------------------------------------------------------------------


def built(
    month: Month = JULY, programme: str = "dibao", county: str = COUNTY, on: date | None = None
) -> Payroll:
    actor = staff("maker")
    with scope(actor):
        return actions.build_payroll(
            actor=actor, county=county, programme=programme, month=month, on=on or month.last_day
        )


def sign(payroll: Payroll, signing: Signing, username: str) -> Payroll:
    actor = staff(username)
    with scope(actor):
        payroll.refresh_from_db()
        return actions.sign_payroll(
            actor=actor,
            payroll=payroll.id,
            signing=signing,
            digest=payroll.digest or "",
            version=payroll.version,
        )


def signed(payroll: Payroll) -> Payroll:
    """All three signatures."""
    sign(payroll, Signing.MAKER, "maker")
    sign(payroll, Signing.CHECKER, "checker")
    return sign(payroll, Signing.APPROVER, "releaser")


def released(payroll: Payroll, on: date | None = None) -> Payroll:
    if payroll.state == PayrollState.LISTED:
        payroll = signed(payroll)
    actor = staff("releaser")
    with scope(actor):
        return actions.release_payroll(
            actor=actor, payroll=payroll.id, version=payroll.version, on=on or payroll.on
        )


def paid_out(month: Month = JULY, programme: str = "dibao") -> Payroll:
    return released(built(month, programme))


def lines(payroll: Payroll) -> list[Payment]:
    return list(Payment.objects.filter(payroll=payroll).order_by("household_id", "month", "claim_no"))
