"""A village's sheet leads a telephone to the anonymous check and to its own board, and to nobody's data."""

from __future__ import annotations

from minzheng.base.types import Role
from tests.apps.web.conftest import HOME_VILLAGE


def test_a_village_has_its_sheet(office):
    officer = office(Role.TOWNSHIP_OFFICER)
    page = officer.get(f"/divisions/{HOME_VILLAGE}/poster/").content.decode()
    for path in ("/portal/check/", f"/portal/board/{HOME_VILLAGE}/"):
        assert f"http://testserver{path}" in page
        assert officer.get(path).status_code == 200
    assert page.count("<svg") >= 2
    assert f"/divisions/{HOME_VILLAGE}/poster/" in officer.get(f"/divisions/{HOME_VILLAGE}/").content.decode()


def test_no_sheet_of_another_place_or_of_a_township(office):
    officer = office(Role.TOWNSHIP_OFFICER)
    for code in (140425200201, 140403104, 140403104999):
        assert officer.get(f"/divisions/{code}/poster/").status_code == 404
