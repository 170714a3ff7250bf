"""Documents: what is taken in, what is left of it, who opens it; every attack on an upload ends in a Chinese refusal."""

from __future__ import annotations

import io
import socket
import struct
import threading
import uuid
import zlib

import pytest
from django.core import signing
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from minzheng.base import documents
from minzheng.base.documents import Kind, actions
from minzheng.base.documents.contents import examine
from minzheng.base.documents.scanner import scan
from minzheng.base.models import AuditEntry, Document
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor, Role, resident_actor
from minzheng.values.errors import Defect, Refusal, SourceTrouble

VILLAGE, ELSEWHERE = "140403001001", "140423001001"
OFFICER = Actor("staff:9001", "经办", ("140403001",), frozenset({Role.TOWNSHIP_OFFICER}))
NEIGHBOUR = Actor("staff:9002", "邻县经办", ("140423",), frozenset({Role.TOWNSHIP_OFFICER}))
RESIDENT = resident_actor(7, 70, "甲")


@pytest.fixture(autouse=True)
def shelf(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.DEMO = True
    return settings.MEDIA_ROOT


def picture(kind="JPEG", size=(40, 30), colour="red", **more) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, colour).save(made, kind, **more)
    return made.getvalue()


def located() -> bytes:
    """A photo that says where and by whom it was taken, with a comment and a preview."""
    exif = Image.Exif()
    exif[0x010F], exif[0x013B], exif[0x0112] = "CANARY-CAMERA", "CANARY-AUTHOR", 6
    exif.get_ifd(0x8825).update(
        {1: "N", 2: (IFDRational(36), IFDRational(11), IFDRational(7)), 29: "2023:12:01"}
    )
    return picture(exif=exif.tobytes(), comment=b"CANARY-COMMENT", size=(60, 30))


def pdf(*objects: bytes, tail: bytes = b"") -> bytes:
    body = b"%PDF-1.7\n" + b"".join(
        b"%d 0 obj\n%s\nendobj\n" % (number, one) for number, one in enumerate(objects, 1)
    )
    return body + b"trailer\n<< /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(body) + tail


PLAIN = pdf(b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>")


def stream(body: bytes, more: bytes = b"/Filter /FlateDecode") -> bytes:
    packed = zlib.compress(body)
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(packed), more, packed)


# -- what is left of a picture -----------------------------------------------------------------------------


def test_a_photo_keeps_its_pixels_and_nothing_else():
    source = located()
    assert b"CANARY" in source
    kept = examine(source, "院子.jpg")
    assert kept.media_type == "image/jpeg"
    assert b"CANARY" not in kept.data
    assert b"Exif" not in kept.data
    read = Image.open(io.BytesIO(kept.data))
    assert not read.getexif()
    assert set(read.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert read.size == (30, 60)  # turned upright before the mark of its turning is dropped


def test_a_large_photo_is_reduced_and_a_transparent_one_lies_on_white():
    large = Image.open(io.BytesIO(examine(picture(size=(5000, 2500)), "a.jpeg").data))
    assert large.size == (2400, 1200)
    glass = io.BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(glass, "PNG")
    assert Image.open(io.BytesIO(examine(glass.getvalue(), "sign.png").data)).getpixel((4, 4)) == (
        255,
        255,
        255,
    )


def test_what_hangs_behind_or_inside_a_picture_is_gone():
    hidden = b"<script>alert(1)</script>PK\x03\x04"
    for kept in (
        examine(picture() + hidden, "a.jpg"),
        examine(picture(comment=hidden), "a.jpg"),
        examine(picture("PNG") + hidden, "a.png"),
        examine(picture("WEBP") + hidden, "a.webp"),
    ):
        assert b"script" not in kept.data
        assert b"PK\x03\x04" not in kept.data


def test_the_same_photo_becomes_the_same_bytes():
    assert examine(located(), "a.jpg") == examine(located(), "b.jpg")


# -- what is refused ---------------------------------------------------------------------------------------

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"
LIES = {
    "svg as jpg": (SVG, "a.jpg"),
    "html as jpg": (HTML, "a.jpg"),
    "html as pdf": (HTML, "a.pdf"),
    "gif": (b"GIF89a" + HTML, "a.jpg"),
    "a picture called svg": (picture(), "a.svg"),
    "a picture called html": (picture(), "a.html"),
    "a picture called pdf": (picture(), "a.pdf"),
    "png called jpg": (picture("PNG"), "a.jpg"),
    "double ending": (picture(), "a.php.jpg"),
    "double ending behind": (picture(), "a.jpg.html"),
    "ending in capitals": (picture(), "a.HTML.JPG"),
    "ending with a blank": (picture(), "a.html .jpg"),
    "no ending": (picture(), "photo"),
    "hidden file": (picture(), ".htaccess"),
    "NUL in the name": (picture(), "a.php\0.jpg"),
    "line in the name": (picture(), "a\r\nSet-Cookie: x.jpg"),
    "way in the name": (picture(), "../../etc/a.jpg"),
    "another way": (picture(), "..\\a.jpg"),
    "reversed name": (picture(), "a\u202egpj.html.jpg"),
    "name too long": (picture(), "a" * 300 + ".jpg"),
    "no name": (picture(), ""),
    "empty": (b"", "a.jpg"),
    "macro document": (b"PK\x03\x04 word/vbaProject.bin", "a.docm"),
    "program": (b"MZ\x90\0", "a.jpg"),
    "cut short": (picture(size=(400, 300))[:300], "a.jpg"),
    "head only": (b"\xff\xd8\xff\xe0", "a.jpg"),
    "too large": (b"\xff\xd8\xff" + b"0" * (10 * 1024 * 1024), "a.jpg"),
    "two files in one": (b"%PDF" + picture(), "a.jpg"),
    "pdf behind something": (b"<html>" + PLAIN, "a.pdf"),
    "something behind a pdf": (PLAIN + HTML, "a.pdf"),
    "archive behind a pdf": (PLAIN + b"PK\x03\x04", "a.pdf"),
    "pdf without an end": (PLAIN[:-8], "a.pdf"),
}


@pytest.mark.parametrize("case", list(LIES))
def test_a_file_that_lies_is_refused_in_chinese(case):
    data, name = LIES[case]
    with pytest.raises(Refusal) as refused:
        examine(data, name)
    assert refused.value.field == "file"
    assert refused.value.next_step
    assert refused.value.code.startswith("documents.")


def test_a_picture_that_would_fill_the_memory_is_refused_before_it_is_drawn():
    header = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack("!I", len(body)) + tag + body + struct.pack("!I", zlib.crc32(tag + body))
        for tag, body in (
            (b"IHDR", struct.pack("!IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)),
            (b"IDAT", zlib.compress(b"\0" * 1000)),
            (b"IEND", b""),
        )
    )
    with pytest.raises(Refusal):
        examine(header, "a.png")


def test_ordinary_files_are_taken_whatever_they_are_called():
    for name in ("扫描件 2023.11.20.pdf", "残疾证（正面）.PDF"):
        assert examine(PLAIN, name).data == PLAIN
    assert examine(picture("WEBP"), "IMG_0001.webp").media_type == "image/jpeg"


ACTS = {
    "script": b"<< /Type /Catalog /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >>",
    "script with escapes": b"<< /Type /Catalog /OpenAction << /S /J#61vaS#63ript /JS (app.alert(1)) >> >>",
    "program": b"<< /Type /Action /S /Launch /F (cmd.exe) >>",
    "attachment": b"<< /Type /Catalog /Names << /EmbeddedFiles 3 0 R >> >>",
    "attached note": b"<< /Type /Annot /Subtype /FileAttachment >>",
    "form that sends": b"<< /Type /Action /S /SubmitForm /F (https://elsewhere.example) >>",
    "form of another kind": b"<< /AcroForm << /XFA [(template) 4 0 R] >> >>",
    "another file": b"<< /Type /Action /S /GoToR /F (a.pdf) >>",
    "film": b"<< /Type /Annot /Subtype /RichMedia >>",
    "locked": b"<< /Encrypt 5 0 R >>",
    "in an object stream": stream(
        b"1 0 << /S /JavaScript /JS (app.alert(1)) >>", b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode"
    ),
    "in an object stream under another filter": stream(
        b"1 0 <<>>", b"/Type /ObjStm /N 1 /First 4 /Filter [/ASCIIHexDecode /FlateDecode]"
    ),
    "in an object stream whose filter stands elsewhere": stream(
        b"1 0 <<>>", b"/Type /ObjStm /N 1 /First 4 /Filter 9 0 R"
    ),
    "in an object stream with a predictor": stream(
        b"1 0 <<>>",
        b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 4 >>",
    ),
}


@pytest.mark.parametrize("case", list(ACTS))
def test_a_pdf_that_acts_or_hides_is_refused(case):
    with pytest.raises(Refusal, match="PDF"):
        examine(pdf(b"<< /Type /Catalog >>", ACTS[case]), "a.pdf")


def test_a_pdf_with_plain_object_streams_is_taken():
    plain = pdf(
        stream(b"1 0 << /Type /Catalog >>", b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode"),
        stream(b"abc", b"/Type /XRef /Filter /FlateDecode"),
    )
    assert examine(plain, "a.pdf").data == plain


def test_a_pdf_that_grows_without_end_is_refused():
    bomb = pdf(*[stream(b"\0" * 60_000_000)] * 5)
    assert len(bomb) < 1_000_000
    with pytest.raises(Refusal, match="过大"):
        examine(bomb, "a.pdf")


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_with_broken_bytes_is_refused_or_cleaned_never_a_fault(data):
    source, name = data.draw(
        st.sampled_from(
            [(located(), "a.jpg"), (picture("PNG"), "a.png"), (picture("WEBP"), "a.webp"), (PLAIN, "a.pdf")]
        )
    )
    broken = bytearray(source)
    for place in data.draw(st.lists(st.integers(0, len(source) - 1), min_size=1, max_size=8)):
        broken[place] = data.draw(st.integers(0, 255))
    try:
        kept = examine(bytes(broken), name)
    except Refusal:
        return
    assert kept.media_type in {"image/jpeg", "application/pdf"}
    assert b"CANARY" not in kept.data


# -- the scanner -------------------------------------------------------------------------------------------

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def clamd(answer):
    """A stand-in that speaks clamd's INSTREAM once: reads the chunks, then `answer(content)`."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        link, _ = server.accept()
        with link, link.makefile("rb") as read:
            assert read.read(10) == b"zINSTREAM\0"
            content = b""
            while size := struct.unpack("!L", read.read(4))[0]:
                content += read.read(size)
            link.sendall(answer(content))
        server.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return f"tcp:127.0.0.1:{server.getsockname()[1]}", thread


def honest(content: bytes) -> bytes:
    return b"stream: Eicar-Signature FOUND\0" if EICAR in content else b"stream: OK\0"


def test_the_scanner_sees_the_whole_file_and_its_word_counts(settings):
    settings.DEMO = False
    settings.DOCUMENT_SCANNER, thread = clamd(honest)
    scan(b"x" * 200_000)
    thread.join(5)
    settings.DOCUMENT_SCANNER, thread = clamd(honest)
    with pytest.raises(Refusal, match="恶意"):
        scan(b"x" * 200_000 + EICAR)
    thread.join(5)


@pytest.mark.parametrize("answer", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: "])
def test_a_scanner_that_does_not_say_clean_stops_the_upload(settings, answer):
    settings.DOCUMENT_SCANNER, thread = clamd(lambda _content: answer)
    with pytest.raises(SourceTrouble, match="没有保存"):
        scan(b"x")
    thread.join(5)


@pytest.mark.parametrize("where", ["unix:/nonexistent/clamd.ctl", "tcp:127.0.0.1:9", ""])
@pytest.mark.django_db
def test_without_a_scanner_production_keeps_nothing(settings, where, shelf):
    settings.DEMO, settings.DOCUMENT_SCANNER = False, where
    with scope(OFFICER), pytest.raises(SourceTrouble, match="没有保存"):
        documents.store_upload(
            actor=OFFICER, content=picture(), name="a.jpg", kind=Kind.EVIDENCE, division=VILLAGE
        )
    assert not shelf.exists()
    with scope(OFFICER):
        assert Document.objects.count() == 0


# -- keeping -----------------------------------------------------------------------------------------------


def sent(actor=OFFICER, *, colour="red", division=VILLAGE, household=70, kind=Kind.EVIDENCE):
    with scope(actor):
        return documents.store_upload(
            actor=actor,
            content=io.BytesIO(picture(colour=colour)),
            name="a.jpg",
            kind=kind,
            division=division,
            household=household,
        )


@pytest.mark.django_db
def test_a_file_is_kept_once_sealed_and_read_back(shelf):
    first, again, other = sent(), sent(), sent(RESIDENT)
    assert first.pk == again.pk != other.pk
    files = [one for one in shelf.rglob("*") if one.is_file()]
    assert len(files) == 1
    assert files[0].name == first.digest
    assert files[0].stat().st_mode & 0o777 == 0o600
    assert b"\xff\xd8\xff" not in files[0].read_bytes()
    with scope(OFFICER):
        assert documents.content_of(OFFICER, first).startswith(b"\xff\xd8\xff")
        entries = AuditEntry.objects.filter(verb="keep_document", actor="staff:9001")
        assert [entry.subject for entry in entries] == [str(first.public_id)]


@pytest.mark.django_db
def test_a_file_changed_or_moved_in_the_store_is_a_defect(shelf):
    red, blue = sent(), sent(colour="blue")
    place = {one.digest: shelf / one.digest[:2] / one.digest[2:4] / one.digest for one in (red, blue)}
    place[red.digest].write_bytes(place[blue.digest].read_bytes())
    with scope(OFFICER), pytest.raises(Defect, match="校验失败"):
        documents.content_of(OFFICER, red)
    place[red.digest].unlink()
    with scope(OFFICER), pytest.raises(Defect, match="不在存储中"):
        documents.content_of(OFFICER, red)


@pytest.mark.django_db
def test_a_document_is_seen_in_its_region_and_by_its_household_alone():
    kept = sent()
    own = sent(RESIDENT, colour="blue")
    for actor, sees in (
        (OFFICER, {kept, own}),
        (NEIGHBOUR, set()),
        (RESIDENT, {kept, own}),
        (resident_actor(8, 80, "乙"), set()),
    ):
        with scope(actor):
            assert {one for one in (kept, own) if documents.document(actor, one.public_id)} == sees
            assert set(documents.documents_of_household(actor, 70)) == sees


@pytest.mark.django_db
def test_the_database_refuses_what_lies_elsewhere_and_any_change():
    kept = sent()
    row = {"digest": "0" * 64, "kind": "evidence", "media_type": "image/jpeg", "size": 1}
    attempts = [
        (OFFICER, lambda: Document.objects.create(division=ELSEWHERE, household_id=70, **row)),
        (RESIDENT, lambda: Document.objects.create(division=VILLAGE, household_id=80, **row)),
        (RESIDENT, lambda: Document.objects.create(division=VILLAGE, household_id=None, **row)),
        (OFFICER, lambda: Document.objects.filter(pk=kept.pk).update(digest="1" * 64)),
        (OFFICER, lambda: Document.objects.filter(pk=kept.pk).delete()),
    ]
    for actor, attempt in attempts:
        with scope(actor), pytest.raises(DatabaseError), transaction.atomic():
            attempt()
    with pytest.raises(DatabaseError), transaction.atomic():
        Document.objects.create(division=VILLAGE, household_id=70, **row)


@pytest.mark.django_db
def test_nobody_sends_in_another_name():
    with scope(OFFICER):
        row = Document.objects.create(
            digest="0" * 64,
            kind="evidence",
            media_type="image/jpeg",
            size=1,
            division=VILLAGE,
            uploaded_by="staff:99",
        )
        row.refresh_from_db()
    assert row.uploaded_by == "staff:9001"


@pytest.mark.django_db
def test_a_resident_sends_for_the_own_household_only():
    with pytest.raises(Refusal, match="本人所在的家庭"):
        sent(RESIDENT, household=80)
    with pytest.raises(Refusal, match="本人所在的家庭"):
        sent(RESIDENT, household=None)


@pytest.mark.django_db
def test_who_fills_the_store_is_stopped_and_the_others_are_not(monkeypatch):
    monkeypatch.setattr(actions, "RESIDENT_QUOTA", (2, 10**6))
    sent(RESIDENT), sent(RESIDENT, colour="blue"), sent(RESIDENT, colour="blue")
    with pytest.raises(Refusal, match="已经用完"):
        sent(RESIDENT, colour="green")
    other = resident_actor(8, 80, "乙")
    assert sent(other, colour="green", household=80)
    monkeypatch.setattr(actions, "RESIDENT_QUOTA", (100, 1500))
    with pytest.raises(Refusal, match="已经用完"):
        sent(RESIDENT, colour="green")


@pytest.mark.django_db
def test_a_full_disk_stops_uploads_before_it_stops_the_database(monkeypatch):
    from minzheng.base.documents import store

    monkeypatch.setattr(store, "_FREE_BYTES", 10**18)
    with pytest.raises(SourceTrouble, match="空间不足"):
        sent()


# -- the door ----------------------------------------------------------------------------------------------


def entered(client, username="jingban", regions=("140403001",)):
    from tests.apps.base.test_staff import account

    staff = account(username, regions=regions)
    client.force_login(staff)
    from minzheng.base.queries import actor_of

    return actor_of(staff)


@pytest.mark.django_db
def test_a_link_opens_the_file_for_whom_it_was_made(client):
    kept = sent()
    actor = entered(client)
    reply = client.get(documents.link_to(actor, kept))
    assert reply.status_code == 200
    assert reply.content.startswith(b"\xff\xd8\xff")
    assert reply["Content-Type"] == "image/jpeg"
    assert reply["X-Content-Type-Options"] == "nosniff"
    assert reply["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert {"private", "no-store"} <= set(reply["Cache-Control"].split(", "))
    with scope(system_actor("test")):
        assert AuditEntry.objects.filter(verb="open_document", subject=str(kept.public_id)).count() == 1


@pytest.mark.django_db
def test_a_letter_is_a_download(client):
    with scope(OFFICER):
        letter = documents.keep(
            actor=OFFICER,
            content=PLAIN,
            media_type=documents.PDF,
            kind=Kind.LETTER,
            division=VILLAGE,
            household=70,
        )
    reply = client.get(documents.link_to(entered(client), letter))
    assert reply["Content-Disposition"].startswith("attachment")
    assert reply.content == PLAIN


@pytest.mark.django_db
def test_a_link_of_somebody_else_of_another_file_or_of_yesterday_opens_nothing(client, monkeypatch):
    kept, other = sent(), sent(colour="blue")
    far = sent(NEIGHBOUR, division=ELSEWHERE, household=80)
    actor = entered(client)
    good = documents.link_to(actor, kept)
    wrong = [
        documents.link_to(OFFICER, kept),
        good.replace(str(kept.public_id), str(other.public_id)),
        good.replace(str(kept.public_id), str(uuid.uuid4())),
        good[:-5] + good[-5:-1][::-1].swapcase() + "/",
        documents.link_to(actor, far),
    ]
    answers = {(client.get(link).status_code, len(client.get(link).content)) for link in wrong}
    assert {status for status, _length in answers} == {404}
    now = signing.time.time()
    monkeypatch.setattr(signing.time, "time", lambda: now + 601)
    assert client.get(good).status_code == 404


@pytest.mark.django_db
def test_a_link_alone_is_not_enough(client):
    kept = sent()
    assert client.get(documents.link_to(OFFICER, kept)).status_code == 302
