"""The door to the bank over real sockets: every fault of the stand-in, each step repeated, nothing sent twice."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest

from minzheng.payments.bank.files import write_batch
from minzheng.payments.bank.returns import compare, never_paid, read_return, read_statement
from minzheng.payments.bank.transport import BankDoor
from minzheng.payments.bank.types import (
    Batch,
    Delivery,
    Fault,
    FetchedFile,
    Format,
    Kind,
    Outcome,
    Reading,
    Verdict,
    WrittenFile,
)
from minzheng.values.errors import Refusal, SourceTrouble
from tests.apps.payments.bank.conftest import Bank, batch, running_bank, sent

FORMATS = list(Format)


def written(folder: Path, form: Format = Format.CSV_GB18030, of: Batch | None = None) -> WrittenFile:
    return write_batch(of or batch(), form, folder)


def only(files: tuple[FetchedFile, ...], kind: Kind) -> FetchedFile:
    (found,) = [file for file in files if file.kind is kind]
    return found


def answered(bank: Bank, of: Batch) -> Reading:
    found = bank.fetched(2)
    return compare(read_return(only(found.files, Kind.RETURN).content), of.number, sent(of))


@pytest.mark.parametrize("form", FORMATS)
def test_a_batch_travels_and_its_return_comes_back(bank: Bank, tmp_path: Path, form: Format) -> None:
    file = written(tmp_path, form)
    assert bank.door.look_up(file).state is Delivery.NOT_SENT
    receipt = bank.door.deliver(file)
    assert receipt.state is Delivery.ACKNOWLEDGED
    assert file.sha256.encode() in receipt.acknowledgement
    read = answered(bank, batch())
    assert read.verdict is Verdict.ALL_PAID
    statement = read_statement(only(bank.fetched(2).files, Kind.STATEMENT).content)
    assert statement.opening_fen - statement.closing_fen == batch().fen
    assert list(never_paid(read.bookable, statement)) == []


def test_sending_again_pays_once(bank: Bank, tmp_path: Path) -> None:
    file = written(tmp_path)
    receipts = [bank.door.deliver(file) for _ in range(3)]
    assert {receipt.acknowledgement for receipt in receipts} == {receipts[0].acknowledgement}
    statement = read_statement(only(bank.fetched(2).files, Kind.STATEMENT).content)
    assert len(statement.lines) == batch().count


def test_two_senders_at_once_pay_once(bank: Bank, tmp_path: Path) -> None:
    file = written(tmp_path)
    states: list[Delivery] = []
    threads = [
        threading.Thread(target=lambda: states.append(bank.door.deliver(file).state)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Delivery.ACKNOWLEDGED in [*states, bank.door.deliver(file).state]
    assert Delivery.REJECTED not in states
    statement = read_statement(only(bank.fetched(2).files, Kind.STATEMENT).content)
    assert len(statement.lines) == batch().count


def test_a_number_used_for_other_content_is_never_sent(bank: Bank, tmp_path: Path) -> None:
    bank.door.deliver(written(tmp_path))
    (tmp_path / "other").mkdir()
    with pytest.raises(Refusal, match="同名而内容不同"):
        bank.door.deliver(written(tmp_path / "other", of=batch(count=4)))


def test_a_return_is_fetched_once_by_name_and_digest(bank: Bank, tmp_path: Path) -> None:
    bank.door.deliver(written(tmp_path))
    found = bank.fetched(2)
    seen = frozenset((file.name, file.sha256) for file in found.files)
    assert bank.door.fetch(seen).files == ()
    for file in found.files:
        assert hashlib.sha256(file.content).hexdigest() == file.sha256


@pytest.mark.parametrize("form", [Format.CSV_UTF8, Format.PAIN001])
@pytest.mark.parametrize(
    ("fault", "codes"),
    [("partly-failed", {"E03"}), ("wrong-name", {"E04"}), ("closed-account", {"E02"})],
)
def test_failures_are_read_with_their_reasons(
    bank: Bank, tmp_path: Path, form: Format, fault: str, codes: set[str]
) -> None:
    bank.fault(fault)
    assert bank.door.deliver(written(tmp_path, form)).state is Delivery.ACKNOWLEDGED
    read = answered(bank, batch())
    assert read.verdict is Verdict.SOME_FAILED
    failed = [line for line in read.bookable if line.outcome is Outcome.FAILED]
    assert {line.code for line in failed} == codes
    statement = read_statement(only(bank.fetched(2).files, Kind.STATEMENT).content)
    assert statement.opening_fen - statement.closing_fen == batch().fen - sum(line.fen for line in failed)


@pytest.mark.parametrize("form", [Format.CSV_GB18030, Format.PAIN001])
@pytest.mark.parametrize("fault", ["truncated", "wrong-trailer", "wrong-encoding"])
def test_a_broken_return_arrives_and_is_refused_whole(
    bank: Bank, tmp_path: Path, form: Format, fault: str
) -> None:
    bank.fault(fault)
    bank.door.deliver(written(tmp_path, form))
    with pytest.raises(Refusal) as refused:
        answered(bank, batch())
    assert refused.value.code == "bank.broken_file"


@pytest.mark.parametrize("form", [Format.CSV_GB18030, Format.PAIN001])
@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("duplicate-line", Fault.DUPLICATE_LINE),
        ("unknown-payment", Fault.UNKNOWN_PAYMENT),
        ("wrong-amount", Fault.AMOUNT_DIFFERS),
    ],
)
def test_lines_that_do_not_fit_what_was_sent_are_named(
    bank: Bank, tmp_path: Path, form: Format, name: str, fault: Fault
) -> None:
    bank.fault(name)
    bank.door.deliver(written(tmp_path, form))
    read = answered(bank, batch())
    assert read.verdict is Verdict.FAULTY
    assert {one.fault for one in read.faults} == {fault}


@pytest.mark.parametrize("form", [Format.CSV_UTF8, Format.PAIN001])
def test_money_that_comes_back_is_told_by_a_second_return(bank: Bank, tmp_path: Path, form: Format) -> None:
    bank.fault("come-back")
    bank.door.deliver(written(tmp_path, form))
    found = bank.fetched(3)
    first, second = (read_return(file.content) for file in found.files if file.kind is Kind.RETURN)
    booked = {
        line.payment_id: line.outcome for line in compare(first, batch().number, sent(batch())).bookable
    }
    back = compare(second, batch().number, sent(batch()), booked)
    assert back.faults == ()
    assert [line.outcome for line in back.bookable] == [Outcome.RETURNED]
    statement = read_statement(only(found.files, Kind.STATEMENT).content)
    assert statement.opening_fen - statement.closing_fen == batch().fen - back.bookable[0].fen


def test_the_same_return_twice_changes_nothing(bank: Bank, tmp_path: Path) -> None:
    bank.fault("duplicate")
    bank.door.deliver(written(tmp_path))
    found = bank.fetched(3)
    first, second = (read_return(file.content) for file in found.files if file.kind is Kind.RETURN)
    booked = {
        line.payment_id: line.outcome for line in compare(first, batch().number, sent(batch())).bookable
    }
    again = compare(second, batch().number, sent(batch()), booked)
    assert again.faults == ()
    assert {line.payment_id: line.outcome for line in again.bookable} == booked


def test_a_return_that_does_not_fit_its_control_file_is_not_taken(bank: Bank, tmp_path: Path) -> None:
    bank.fault("wrong-digest")
    bank.door.deliver(written(tmp_path))
    found = bank.fetched(2)
    assert [file.kind for file in found.files] == [Kind.STATEMENT], "the others are not held up"
    (trouble,) = found.troubles
    assert trouble.retryable
    assert "不符" in trouble.message


def test_paid_in_the_return_and_never_paid_shows_in_the_statement(bank: Bank, tmp_path: Path) -> None:
    bank.fault("never-paid")
    bank.door.deliver(written(tmp_path))
    read = answered(bank, batch())
    assert read.verdict is Verdict.ALL_PAID
    statement = read_statement(only(bank.fetched(2).files, Kind.STATEMENT).content)
    assert [line.payment_id for line in never_paid(read.bookable, statement)] == [read.bookable[0].payment_id]


def test_a_late_return_is_waited_for(bank: Bank, tmp_path: Path) -> None:
    bank.fault("late")
    assert bank.door.deliver(written(tmp_path)).state is Delivery.ACKNOWLEDGED
    time.sleep(0.5)
    assert bank.door.fetch(frozenset()).files == ()
    bank.fault("none")
    assert answered(bank, batch()).verdict is Verdict.ALL_PAID


def test_without_an_acknowledgement_the_outcome_is_unknown_until_it_is_looked_up(
    bank: Bank, tmp_path: Path
) -> None:
    bank.fault("no-ack")
    file = written(tmp_path)
    assert bank.impatient().deliver(file).state is Delivery.UNKNOWN
    assert bank.door.look_up(file).state is Delivery.UNKNOWN
    assert bank.impatient().deliver(file).state is Delivery.UNKNOWN, "sent again, still one batch"
    bank.fault("none")
    assert bank.door.deliver(file).state is Delivery.ACKNOWLEDGED
    assert len(read_statement(only(bank.fetched(2).files, Kind.STATEMENT).content).lines) == batch().count


@pytest.mark.parametrize("form", FORMATS)
def test_a_connection_cut_in_the_middle_of_an_upload_sends_nothing(
    bank: Bank, tmp_path: Path, form: Format
) -> None:
    bank.fault("cut-upload")
    file = written(tmp_path, form)
    receipt = bank.door.deliver(file)
    assert receipt.state is Delivery.NOT_SENT
    assert receipt.text
    assert bank.door.look_up(file).state is Delivery.NOT_SENT
    bank.fault("none")
    assert bank.door.deliver(file).state is Delivery.ACKNOWLEDGED
    assert answered(bank, batch()).verdict is Verdict.ALL_PAID


@pytest.mark.parametrize("after", ["content", "control"])
def test_a_bank_that_dies_is_asked_again_and_pays_once(tmp_path: Path, after: str) -> None:
    folder, file = tmp_path / "bank", written(tmp_path)
    with running_bank(folder) as bank:
        bank.fault("no-ack")
        if after == "control":
            assert bank.impatient().deliver(file).state is Delivery.UNKNOWN
        bank.process.kill()
        assert bank.impatient().deliver(file).state is Delivery.NOT_SENT
        assert bank.impatient().look_up(file).state is Delivery.UNKNOWN, "nobody there to say so"
    with running_bank(folder) as bank:
        bank.fault("none")
        assert bank.door.deliver(file).state is Delivery.ACKNOWLEDGED
        assert len(read_statement(only(bank.fetched(2).files, Kind.STATEMENT).content).lines) == batch().count


def test_a_host_with_another_key_is_not_spoken_to(bank: Bank, tmp_path: Path) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    door = BankDoor(replace(bank.host, host_key=other))
    receipt = door.deliver(written(tmp_path))
    assert receipt.state is Delivery.NOT_SENT
    assert "密钥与登记的不一致" in receipt.text
    with pytest.raises(SourceTrouble, match="密钥与登记的不一致"):
        door.fetch(frozenset())


def test_a_key_the_bank_does_not_know_is_told_so(bank: Bank, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(stranger))
    stranger.chmod(0o600)
    receipt = BankDoor(replace(bank.host, key_file=stranger)).deliver(written(tmp_path))
    assert receipt.state is Delivery.NOT_SENT
    assert "不接受本平台的密钥" in receipt.text


def test_a_key_others_could_read_is_not_used(bank: Bank, tmp_path: Path) -> None:
    bank.host.key_file.chmod(0o644)
    with pytest.raises(Refusal, match="chmod 600"):
        bank.door.deliver(written(tmp_path))


def test_nobody_at_the_address_is_trouble_and_no_answer(tmp_path: Path, bank: Bank) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = replace(bank.host, port=free.getsockname()[1])
    assert BankDoor(nobody).deliver(written(tmp_path)).state is Delivery.NOT_SENT
    with pytest.raises(SourceTrouble) as trouble:
        BankDoor(nobody).fetch(frozenset())
    assert trouble.value.retryable


def test_a_host_that_accepts_and_says_nothing_is_given_up(tmp_path: Path, bank: Bank) -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        host = replace(bank.host, port=mute.getsockname()[1], connect_seconds=0.5)
        began = time.monotonic()
        assert BankDoor(host).deliver(written(tmp_path)).state is Delivery.NOT_SENT
        assert time.monotonic() - began < 10


@pytest.mark.parametrize("name", ["../../etc/RET-1.csv", "RET-x.csv", "RET-1.exe", "note.txt", "RET-1.csv"])
def test_only_announced_files_with_a_proper_name_are_fetched(bank: Bank, name: str) -> None:
    out = bank.folder / "files" / "out"
    (out / Path(name).name).write_bytes(b"H,1\r\n")
    assert bank.door.fetch(frozenset()).files == ()


def test_a_file_larger_than_announced_or_allowed_is_not_taken(bank: Bank) -> None:
    out = bank.folder / "files" / "out"
    (out / "RET-1.csv").write_bytes(b"x" * 1000)
    (out / "RET-1.csv.ok").write_text(f"10 {hashlib.sha256(b'x' * 10).hexdigest()}\n")
    (out / "RET-2.csv").write_bytes(b"x" * 1000)
    (out / "RET-2.csv.ok").write_text(f"1000 {hashlib.sha256(b'x' * 1000).hexdigest()}\n")
    (out / "RET-3.csv").write_bytes(b"x")
    (out / "RET-3.csv.ok").write_text("one abc\n")
    found = BankDoor(replace(bank.host, largest_bytes=500)).fetch(frozenset())
    assert found.files == ()
    assert len(found.troubles) == 3


def test_an_acknowledgement_of_other_totals_stops_everything(bank: Bank, tmp_path: Path) -> None:
    file = written(tmp_path)
    (bank.folder / "files" / "ack" / f"{file.name}.ack").write_text(
        f"A,1,{file.batch},{file.name},{file.sha256},ACCEPTED,,,{file.count},{file.fen + 1},20261210000000+0800\r\n",
        newline="",
    )
    with pytest.raises(Refusal, match="笔数或金额"):
        bank.door.deliver(file)


@pytest.mark.parametrize(
    "text", ["", "A,1\r\n", "A,1,a,b,c,PERHAPS,,,1,1,x\r\n", "A,1,a,b,c,ACCEPTED,,,１,1,x\r\n", "\xff"]
)
def test_a_broken_acknowledgement_is_no_acknowledgement(bank: Bank, tmp_path: Path, text: str) -> None:
    file = written(tmp_path)
    (bank.folder / "files" / "ack" / f"{file.name}.ack").write_bytes(
        text.encode("latin-1" if text == "\xff" else "utf-8")
    )
    with pytest.raises(Refusal) as refused:
        bank.door.deliver(file)
    assert refused.value.code == "bank.broken_file"


def test_a_refused_batch_is_told_with_the_banks_reason(tmp_path: Path) -> None:
    with running_bank(tmp_path / "bank", "--balance=1") as bank:
        receipt = bank.door.deliver(written(tmp_path))
        assert receipt.state is Delivery.REJECTED
        assert "余额不足" in receipt.text


def test_a_strict_bank_pays_only_accounts_of_its_book(tmp_path: Path) -> None:
    folder = tmp_path / "bank"
    folder.mkdir()
    first, second, third, *_ = batch().instructions
    (folder / "accounts.csv").write_text(
        f"{first.account},{first.name},open\n{second.account},{second.name},closed\n{third.account},别人,open\n"
    )
    with running_bank(folder, "--strict") as bank:
        bank.door.deliver(written(tmp_path))
        read = answered(bank, batch())
    outcomes = {line.payment_id: line.code for line in read.bookable}
    codes = [outcomes[one.payment_id] for one in batch().instructions]
    assert codes == ["", "E02", "E04", "E01", "E01"]


def test_a_client_of_another_make_hands_in_a_batch_too(bank: Bank, tmp_path: Path) -> None:
    """OpenSSH's own program, strictly checking the host's key."""
    program = shutil.which("sftp")
    if program is None:
        pytest.skip("OpenSSH's sftp is not installed")
    file = written(tmp_path)
    (tmp_path / "control").write_text(f"{file.size} {file.sha256}\n")
    (tmp_path / "known").write_text(f"[127.0.0.1]:{bank.host.port} {bank.host.host_key}\n")
    steps = [
        f"put {file.path} in/{file.name}.part",
        f"rename in/{file.name}.part in/{file.name}",
        f"put {tmp_path / 'control'} in/{file.name}.ok.part",
        f"rename in/{file.name}.ok.part in/{file.name}.ok",
    ]
    assert openssh(program, bank, tmp_path, steps).returncode == 0
    assert bank.door.deliver(file).state is Delivery.ACKNOWLEDGED, "the same file, only the answer is read"
    assert answered(bank, batch()).verdict is Verdict.ALL_PAID
    for forbidden in (
        f"put {file.path} in/{file.name}",
        f"put {file.path} out/RET-9.csv",
        f"rm in/{file.name}",
        "mkdir in/x",
        f"get /../../../../{tmp_path / 'known'} {tmp_path / 'stolen'}",
    ):
        assert openssh(program, bank, tmp_path, [forbidden]).returncode != 0, forbidden


def openssh(program: str, bank: Bank, folder: Path, steps: list[str]) -> subprocess.CompletedProcess[bytes]:
    options = [f"UserKnownHostsFile={folder / 'known'}", "StrictHostKeyChecking=yes", "BatchMode=yes"]
    return subprocess.run(
        [
            *[
                program,
                "-q",
                "-F",
                os.devnull,
                "-i",
                str(bank.host.key_file),
                "-P",
                str(bank.host.port),
                "-b",
                "-",
            ],
            *[word for option in options for word in ("-o", option)],
            "minzheng@127.0.0.1",
        ],
        input="\n".join(steps).encode(),
        capture_output=True,
        timeout=30,
    )


def test_the_stand_in_listens_on_this_machine_only_and_ends_cleanly(tmp_path: Path) -> None:
    started = running_bank(tmp_path / "bank")
    with started as bank:
        own = socket.gethostbyname(socket.gethostname())
        if not own.startswith("127."):
            with socket.socket() as knock:
                knock.settimeout(1)
                assert knock.connect_ex((own, bank.host.port)) != 0
        bank.process.send_signal(signal.SIGINT)
        assert bank.process.wait(10) == 0
    assert "已停止" in started.said


def test_the_door_knows_no_tables_and_no_django() -> None:
    code = "import sys, minzheng.payments.bank.transport; print([m for m in sys.modules if m.split('.')[0] == 'django'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
