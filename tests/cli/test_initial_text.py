"""Setting up records once which text of the rulebook was in force; the files are checked beside what was signed since."""

from __future__ import annotations

import json

from minzheng.assessment.enacting.law import edition_of, shipped
from minzheng.database import serving
from tests.cli.places import Place

EDITIONS = """
import json, django; django.setup()
from minzheng.assessment.models import Edition
print(json.dumps(list(Edition.objects.values_list("digest", "initial", "actor"))))
"""


def test_an_installation_records_the_text_it_was_set_up_with_and_the_check_says_what_was_signed():
    place = Place()
    try:
        with serving(place.home):
            place.run("migrate")
            place.run("migrate")
            kept = json.loads(place.python(EDITIONS))
        assert kept == [[edition_of(shipped()).digest, True, "system:set-up"]]
        said = place.run("rulebook", "check")
    finally:
        place.remove()
    assert "平台签署生效的数值 0 项，与文件不同的 0 项。" in said
    assert "办理不按文件" not in said
