"""The drill: a small city with cases, copied, brought back elsewhere, and the same to the last row; or nothing at all."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from minzheng.database import Role, address, copies, serving
from tests.cli.places import Place

#: Cases and documents beside the registry: everything a copy must carry.
_FILL = """
import django, uuid
django.setup()
from minzheng.base.documents import Kind, keep
from minzheng.base.models import Staff
from minzheng.base.queries import actor_of, business_date
from minzheng.base.scope import scope
from minzheng.base.types import Role
from minzheng.cases import actions
from minzheng.cases.types import Channel
from minzheng.registry.queries import members_of
from minzheng.registry.models import Household
officer = actor_of(next(one for one in Staff.objects.order_by("pk") if "township_officer" in one.roles))
with scope(officer):
    opened = 0
    for row in Household.objects.order_by("pk")[:6]:
        head = members_of(officer, row.pk, on=business_date())[0].person_id
        application = actions.submit_application(
            actor=officer, household=row.pk, applicant=head, channel=Channel.OFFICE,
            client_key=uuid.uuid5(uuid.NAMESPACE_OID, str(row.pk)), programmes=[("dibao", None)],
        )
        opened += application.cases.count()
    assert opened >= 6
    keep(actor=officer, content=b"%PDF-1.4 drill", media_type="application/pdf", kind=Kind.LETTER,
         division=str(row.township), household=row.pk, title="演练")
"""
#: A town with awards and accounts; then, as the application, a payroll that was released.
_TOWN = """
import django
django.setup()
from tests.apps.payments import town
town.fill()
"""
_PAYROLL = """
import django
django.setup()
from minzheng.base.scope import scope, system_actor
from tests.apps.payments import town
with scope(system_actor("test")):
    for household, fen in ((1, 60001), (2, 60002), (3, 60003)):
        town.award(household, fen, town.JULY)
town.paid_out()
"""
#: A sealed number read back with the place's own keys; leaves no trace, so that both places stay comparable.
_REVEAL = """
import django
django.setup()
from minzheng.base.scope import scope, system_actor
from minzheng.registry.models import Person
with scope(system_actor("drill")):
    person = next(one for one in Person.objects.order_by("pk") if one.number is not None)
    print(person.number.open_after_recording())
"""


@pytest.fixture(scope="module")
def city() -> Iterator[Place]:
    place = Place()
    with serving(place.home):
        place.run("migrate")
        place.run("demo", "build", "--scale", "0.001")
        place.python(_FILL)
        yield place
    place.remove()


@pytest.fixture(scope="module")
def copy(city: Place, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    """A finished copy, its keys, and what the command said."""
    folder = tmp_path_factory.mktemp("copies")
    said = city.run("backup", folder / "copy", "--keys-to", folder / "keys")
    return folder / "copy", folder / "keys", said


@pytest.fixture
def elsewhere() -> Iterator[Place]:
    place = Place()
    with serving(place.home):
        yield place
    place.remove()


@pytest.fixture(scope="module")
def still_empty() -> Iterator[Place]:
    """A place nothing may come into: shared by what is refused."""
    place = Place()
    with serving(place.home):
        yield place
    place.remove()


@pytest.fixture
def own_copy(copy: tuple[Path, Path, str], tmp_path: Path) -> Path:
    """The copy once more, to be damaged."""
    shutil.copytree(copy[0], tmp_path / "copy")
    return tmp_path / "copy"


def test_a_copy_brought_back_elsewhere_is_the_same(
    city: Place, copy: tuple[Path, Path, str], elsewhere: Place
) -> None:
    folder, keys, said = copy
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["tables"]["public.cases_case"]["rows"] >= 6
    assert manifest["audit"]["count"] > 0
    elsewhere.run("restore", folder, "--keys", keys, "--digest", digest_in(said))
    assert elsewhere.held() == city.held()
    assert elsewhere.schema() == city.schema(), "policies, triggers and rights are part of it"
    anchor = f"{manifest['audit']['count']}:{manifest['audit']['head']}"
    assert "审计链完好" in elsewhere.run("audit", "--anchor", anchor)
    assert elsewhere.python(_REVEAL) == city.python(_REVEAL)
    stored = {path.relative_to(city.home) for path in (city.home / "files").rglob("*") if path.is_file()}
    assert stored
    for name in stored:
        assert (elsewhere.home / name).read_bytes() == (city.home / name).read_bytes()


def digest_in(said: str) -> str:
    (line,) = [line for line in said.splitlines() if "清单摘要" in line]
    return line.rsplit("：", 1)[1]


def test_a_copy_holds_no_key_and_no_number_in_clear(city: Place, copy: tuple[Path, Path, str]) -> None:
    folder, keys, said = copy
    assert "分开" in said
    secrets = [path.read_text().strip() for path in keys.glob("*.key")]
    assert len(secrets) >= 3
    number = city.python(_REVEAL).strip()
    assert len(number) == 18
    looked_at = 0
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            content = gzip.decompress(content) if path.suffix == ".gz" else content
            looked_at += len(content)
            assert number.encode() not in content
            for secret in secrets:
                assert secret.encode() not in content, path
                assert bytes.fromhex(secret) not in content, path
            assert path.stat().st_mode & 0o077 == 0
    assert looked_at > 1_000_000


def test_the_ledger_comes_back_to_the_fen(elsewhere: Place, tmp_path: Path) -> None:
    treasury = Place()
    root = str(Path(__file__).parents[2])
    treasury.environment["PYTHONPATH"] = os.pathsep.join([root, treasury.environment.get("PYTHONPATH", "")])
    try:
        with serving(treasury.home):
            treasury.run("migrate")
            treasury.python(_TOWN, MINZHENG_DATABASE_ROLE="owner")
            treasury.python(_PAYROLL)
            treasury.run("backup", tmp_path / "copy", "--keys-to", tmp_path / "keys")
            before = treasury.held()
        manifest = json.loads((tmp_path / "copy" / "manifest.json").read_text())
        assert manifest["ledger"] == {"pending": {"rows": 3, "fen": 180006}}
        elsewhere.run("restore", tmp_path / "copy", "--keys", tmp_path / "keys")
        assert elsewhere.held() == before
        with address(Role.APP, base=elsewhere.home).connect() as session:
            for attack in ("update payments_transfer set fen = 1", "delete from payments_transfer"):
                with pytest.raises(psycopg.Error), session.transaction():
                    session.execute(attack)
    finally:
        treasury.remove()


def test_signing_in_does_not_travel(copy: tuple[Path, Path, str]) -> None:
    tables = json.loads((copy[0] / "manifest.json").read_text())["tables"]
    assert "public.django_session" not in tables
    assert "guard.scope_key" not in tables
    assert "public.base_staff" in tables


def test_a_copy_is_never_brought_over_something(city: Place, copy: tuple[Path, Path, str]) -> None:
    before = city.held()
    assert "不是空的" in city.run("restore", copy[0], "--keys", copy[1], code=1)
    assert city.held() == before


@pytest.mark.parametrize("damage", ["flip", "cut", "missing", "extra", "manifest", "seal"])
def test_a_damaged_copy_changes_nothing(
    own_copy: Path, copy: tuple[Path, Path, str], still_empty: Place, damage: str
) -> None:
    biggest = max((path for path in (own_copy / "database").iterdir()), key=lambda path: path.stat().st_size)
    content = bytearray(biggest.read_bytes())
    match damage:
        case "flip":
            content[len(content) // 2] ^= 1
            biggest.write_bytes(content)
        case "cut":
            biggest.write_bytes(content[: len(content) // 2])
        case "missing":
            biggest.unlink()
        case "extra":
            (own_copy / "files" / "more").write_text("x")
        case "manifest":
            text = (own_copy / "manifest.json").read_text()
            (own_copy / "manifest.json").write_text(text.replace('"rows": 6', '"rows": 7', 1))
        case "seal":
            (own_copy / "manifest.sha256").unlink()
    said = still_empty.run("restore", own_copy, "--keys", copy[1], code=1)
    assert "清单" in said
    assert still_empty.is_empty()


def test_another_copy_than_the_one_noted_is_refused(copy: tuple[Path, Path, str], still_empty: Place) -> None:
    said = still_empty.run("restore", copy[0], "--keys", copy[1], "--digest", "0" * 64, code=1)
    assert "与清单不符" in said
    assert still_empty.is_empty()


def test_without_its_keys_a_copy_is_not_brought_back(
    copy: tuple[Path, Path, str], still_empty: Place, tmp_path: Path
) -> None:
    assert "没有备份时所用的密钥 field" in still_empty.run("restore", copy[0], code=1)
    assert not (still_empty.home / "secrets" / "field.key").exists(), "asking made no new one"
    (tmp_path / "field.key").write_text("ab" * 32)
    (tmp_path / "index.key").write_text("ab" * 32)
    assert "没有备份时所用的密钥" in still_empty.run("restore", copy[0], "--keys", tmp_path, code=1)
    assert still_empty.is_empty()


@pytest.mark.parametrize("word", ["导入数据库", "逐表核对", "放回材料文件"])
def test_killed_in_the_middle_nothing_is_served_and_it_can_be_run_again(
    city: Place, copy: tuple[Path, Path, str], elsewhere: Place, word: str
) -> None:
    folder, keys, _ = copy
    running = subprocess.Popen(
        elsewhere.command("restore", folder, "--keys", keys),
        env=elsewhere.environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert running.stdout is not None
    for line in running.stdout:
        if word in line:
            os.killpg(running.pid, signal.SIGKILL)
            break
    running.wait()
    running.stdout.close()
    assert running.returncode == -signal.SIGKILL
    for words in (["audit"], ["migrate"], ["worker", "--once"], ["run", "--port", "18107", "--no-demo"]):
        assert "恢复没有完成" in elsewhere.run(*words, code=1)
    elsewhere.run("restore", folder, "--keys", keys)
    assert elsewhere.held() == city.held()
    assert "审计链完好" in elsewhere.run("audit")


def test_a_copy_killed_in_the_middle_is_no_copy(city: Place, elsewhere: Place, tmp_path: Path) -> None:
    running = subprocess.Popen(
        city.command("backup", tmp_path / "copy"),
        env=city.environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert running.stdout is not None
    for line in running.stdout:
        if "核算" in line:
            os.killpg(running.pid, signal.SIGKILL)
            break
    running.wait()
    running.stdout.close()
    assert not (tmp_path / "copy").exists()
    assert "没有完整的备份" in elsewhere.run("restore", tmp_path / "copy.part", code=1)
    city.run("backup", tmp_path / "copy")
    assert (tmp_path / "copy" / "manifest.json").exists()


def test_a_copy_is_not_put_where_it_would_be_lost_or_opened(city: Place, tmp_path: Path) -> None:
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "something").write_text("x")
    assert "不是空目录" in city.run("backup", tmp_path / "used", code=1)
    assert "状态目录" in city.run("backup", city.home / "copy", code=1)
    assert "不得与备份放在一起" in city.run(
        "backup", tmp_path / "a", "--keys-to", tmp_path / "a" / "keys", code=1
    )
    assert not (tmp_path / "a").exists()


def test_the_role_that_copies_reads_everything_and_writes_nothing(city: Place) -> None:
    place = address(Role.BACKUP, base=city.home)
    with place.connect(autocommit=True) as session:
        row = session.execute("select count(*) from public.registry_person").fetchone()
        assert row is not None
        assert row[0] > 1000
        for setting in ("", "set transaction_read_only = off"):
            for statement in (
                "delete from public.registry_person",
                "update public.base_staff set roles = '{}'",
                "insert into public.base_auditentry default values",
                "create table public.mine (a int)",
                "set role minzheng_owner",
            ):
                with pytest.raises(psycopg.Error), session.transaction():
                    if setting:
                        session.execute(setting)
                    session.execute(statement)


def test_rows_in_another_order_have_the_same_digest_and_one_changed_row_another(city: Place) -> None:
    with address(Role.OWNER, base=city.home).connect() as session:
        session.execute("create temporary table none (a int)")
        digests = []
        for values in (
            "(1, 'x'), (2, 'y')",
            "(2, 'y'), (1, 'x')",
            "(1, 'x'), (2, 'z')",
            "(1, 'x'), (2, 'y'), (2, 'y')",
        ):
            session.execute("create table public.drill (a int, b text)")
            session.execute(f"insert into public.drill values {values}")
            digests.append(copies.held(session, without=())["public.drill"].digest)
            session.execute("drop table public.drill")
        session.rollback()
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3
