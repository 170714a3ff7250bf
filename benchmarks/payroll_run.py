"""One payroll of so many awards on a throwaway server: built, signed, released to ledger and bank file, its return booked.

`python -m benchmarks.payroll_run --awards 100000`. The awards are made by one process and the work is measured in another,
so that the peak memory is the payroll's own. People and accounts are invented (area code 140499).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import uuid
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

COUNTY, TOWN, VILLAGE = "140403", 140403001, 140403001001
MONTH, ON = date(2023, 12, 1), date(2023, 12, 31)
FAILED_OF = 100
"""One payment of so many comes back unpaid."""

_AWARDS = """
with opened as (
    insert into awards_award (number, division, household_id, programme, origin, since, ground, review_class, version,
        verb, reason, on_day)
    select 'B-' || h.id, h.village::text, h.id, 'dibao', 'taken_over', %(since)s, '', '', 1, 'take_over', 'bench', %(since)s
    from registry_household h returning id
) select count(*) from opened
"""
_MEMBERS = """
insert into awards_member (award_id, household_id, division, version, person_id, since)
select a.id, a.household_id, a.division, a.version, m.person_id, a.since
from awards_award a join registry_membership m on m.household_id = a.household_id
"""
_TERMS = """
insert into awards_term (award_id, household_id, division, version, since, runs, fen, exact, cause)
select a.id, a.household_id, a.division, a.version, a.since, true, 20000 + a.household_id %% 70000,
    (20000 + a.household_id %% 70000)::text, 'taken_over' from awards_award a
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--awards", type=int, default=100_000)
    parser.add_argument("--step", choices=["all", "prepare", "measure"], default="all")
    asked = parser.parse_args()
    if asked.step != "all":
        _ready()
        {"prepare": _prepare, "measure": _measure}[asked.step](asked.awards)
        return 0
    with tempfile.TemporaryDirectory(prefix="minzheng-bench-") as home:
        os.environ["MINZHENG_HOME"] = home
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minzheng.web.settings")
        from minzheng.database import serving

        with serving(Path(home), throwaway=True):
            for step in ("prepare", "measure"):
                command = [
                    sys.executable,
                    "-m",
                    "benchmarks.payroll_run",
                    "--awards",
                    str(asked.awards),
                    "--step",
                    step,
                ]
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                if done.returncode:
                    raise SystemExit(done.stderr[-3000:])
    sys.stdout.write(done.stdout.splitlines()[-1] + "\n")
    return 0


def _ready() -> None:
    import django

    os.environ["MINZHENG_DATABASE_ROLE"] = "owner" if "prepare" in sys.argv else "app"
    django.setup()


# -- what is there before ----------------------------------------------------------------------------------------------


def _prepare(awards: int) -> None:
    from minzheng.base.actions import open_account
    from minzheng.base.installation import migrate
    from minzheng.base.scope import scope, system_actor
    from minzheng.base.types import Role
    from minzheng.database import Role as Login
    from minzheng.payments import actions
    from minzheng.payments.sql import run

    migrate(Login.APP.login)
    _families(awards)
    with scope(system_actor("bench")) as actor:
        for statement in (_AWARDS, _MEMBERS, _TERMS):
            run(statement, {"since": MONTH})
        actions.load_accounts(actor=actor, rows=_accounts(awards), since=date(2023, 1, 1), note="bench")
        actions.set_payer(
            actor=actor,
            county=COUNTY,
            name="财政局社保专户",
            number="1414040300000001",
            bank_code="102164000012",
            on=ON,
        )
        for username, role in (
            ("maker", Role.PAYMENT_MAKER),
            ("checker", Role.PAYMENT_CHECKER),
            ("releaser", Role.PAYMENT_RELEASER),
        ):
            open_account(
                actor=actor,
                username=username,
                name=username,
                roles=[role],
                regions=[COUNTY],
                since=MONTH,
                password="not-a-real-password",
            )
    run("analyze")


def _families(count: int) -> None:
    """One person a family, without a number: what is measured is the payroll."""
    from minzheng.registry.bulk import bulk_load, tables_from

    since = date(2010, 1, 1)
    ids = list(range(1, count + 1))
    births = [date(1950 + n % 50, 1 + n % 12, 1 + n % 28) for n in ids]
    same = {name: [value] * count for name, value in (("township", TOWN), ("source", 1), ("since", since))}
    place = {"township": same["township"], "source": same["source"]}
    columns = [
        ("person", place | {
            "id": ids, "birth_date": births, "sex": [1 + n % 2 for n in ids], "resident_id": [None] * count,
            "name": [_name(n) for n in ids], "name_pinyin": [""] * count,
        }),
        ("household", place | {"id": ids, "village": [VILLAGE + n % 3 for n in ids], "opened_on": same["since"]}),
        ("membership", place | {
            "household_id": ids, "person_id": ids, "person_township": same["township"], "relation": [1] * count,
            "position": [0] * count, "home": [True] * count, "since": same["since"],
        }),
    ]  # fmt: skip
    with bulk_load(note="bench", recorded_at=datetime(2023, 1, 1, tzinfo=UTC)) as load:
        for name, table in tables_from(columns).items():
            load.add(name, table)
        load.publish()


def _name(number: int) -> str:
    return f"{'赵钱孙李周吴郑王'[number % 8]}{'甲乙丙丁戊己庚辛'[number // 8 % 8]}"


def _accounts(count: int) -> Any:
    from minzheng.payments.actions import AccountRow

    return (
        AccountRow(n, None, n, f"62220213{n:09d}", "402164000019", "潞州农商行", _name(n))
        for n in range(1, count + 1)
    )


# -- what is measured --------------------------------------------------------------------------------------------------


def _measure(awards: int) -> None:
    from minzheng.base.scope import scope, system_actor
    from minzheng.payments import actions
    from minzheng.payments.models import BankFile
    from minzheng.payments.types import Signing
    from minzheng.values.month import Month

    backend = _backend()
    laps = _Laps(backend)

    with scope(_staff("maker")) as actor:
        payroll = actions.build_payroll(
            actor=actor, county=COUNTY, programme="dibao", month=Month.of(MONTH), on=ON
        )
    laps.end("build")
    for signing, who in (
        (Signing.MAKER, "maker"),
        (Signing.CHECKER, "checker"),
        (Signing.APPROVER, "releaser"),
    ):
        with scope(_staff(who)) as actor:
            payroll.refresh_from_db()
            payroll = actions.sign_payroll(
                actor=actor,
                payroll=payroll.id,
                signing=signing,
                digest=payroll.digest,
                version=payroll.version,
            )
    laps.end("sign")
    with scope(_staff("releaser")) as actor:
        payroll = actions.release_payroll(actor=actor, payroll=payroll.id, version=payroll.version, on=ON)
    laps.end("release")
    actions.send_files(actor=system_actor("bank"), door=_Bank(), worker="bench")
    laps.end("file")
    memory = _peak(backend)
    with scope(system_actor("bank")) as actor:
        assert payroll.lines == awards == BankFile.objects.get(payroll=payroll).count
        content = _answer(payroll.id)
        laps.begin()
        row = actions.read_return_file(actor=actor, name="RET-1.csv", content=content, on=ON)
    laps.end("return")
    assert (row.booked, row.faults, row.unanswered) == (awards, 0, 0)
    sys.stdout.write(json.dumps({
        "awards": awards, "steps": laps.steps, "megabytes": memory, "return_megabytes": len(content) / 1e6, "failed": awards // FAILED_OF,
    }) + "\n")  # fmt: skip


def _staff(username: str) -> Any:
    from minzheng.base.models import Staff
    from minzheng.base.queries import actor_of

    return actor_of(Staff.objects.get(username=username))


class _Bank:
    """Takes every file at once."""

    def deliver(self, file: Any) -> Any:
        from minzheng.payments.bank.types import Delivery, Receipt

        return Receipt(Delivery.ACKNOWLEDGED)


def _answer(payroll: uuid.UUID) -> bytes:
    from minzheng.payments.models import BankFile, Transfer
    from sandbox.bank.answers import return_file
    from sandbox.bank.book import Answered, Taken

    file = BankFile.objects.get(payroll_id=payroll)
    taken = Taken(
        file.number,
        file.name,
        file.sha256,
        "1414040300000001",
        f"{ON:%Y%m%d}",
        "GB18030",
        file.count,
        file.fen,
        "",
        "",
    )
    sent = Transfer.objects.filter(payroll_id=payroll, phase="pending").values_list("id", "fen")
    answers = [
        Answered(str(one), fen, "E08" if at % FAILED_OF == 0 else "") for at, (one, fen) in enumerate(sent)
    ]
    return return_file(taken, f"{file.number}-1", answers, "", "20231231183000+0800")


class _Laps:
    """Seconds of each step: on the clock, and of processor time here and in the database session."""

    def __init__(self, backend: int) -> None:
        self.steps: dict[str, dict[str, float]] = {}
        self._backend = backend
        self.begin()

    def begin(self) -> None:
        self._since = self._now()

    def end(self, name: str) -> None:
        now = self._now()
        self.steps[name] = {what: round(now[what] - self._since[what], 3) for what in now}
        self._since = now

    def _now(self) -> dict[str, float]:
        own = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
        return {"seconds": time.perf_counter(), "own": own, "database": _processor(self._backend)}


def _backend() -> int:
    from minzheng.payments.sql import rows

    return int(rows("select pg_backend_pid()")[0][0])


def _processor(backend: int) -> float:
    """Seconds of processor time a database session has used."""
    fields = Path(f"/proc/{backend}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak(backend: int) -> float:
    """Megabytes: the peak of this process, and of its database session the part that is not shared memory."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    status = dict(
        line.split(":", 1) for line in Path(f"/proc/{backend}/status").read_text().splitlines() if ":" in line
    )
    kilobytes = {name: int(status[name].split()[0]) for name in ("VmHWM", "RssShmem", "RssFile")}
    return own + max(0, kilobytes["VmHWM"] - kilobytes["RssShmem"] - kilobytes["RssFile"]) / 1024


if __name__ == "__main__":
    sys.exit(main())
