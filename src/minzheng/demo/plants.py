"""What is wrong in the city and known only here: people missed, people no longer entitled, facts kept back, mistakes.

First the facts of those no longer entitled are changed; then everybody is judged; then the receipts are written.
"""

from __future__ import annotations

from minzheng.demo.drawing import draw
from minzheng.demo.ended import end
from minzheng.demo.hidden import hide
from minzheng.demo.kin import Ties
from minzheng.demo.livelihood import Lives
from minzheng.demo.people import City
from minzheng.demo.planted import Story
from minzheng.demo.truth import judge


def plant(city: City, lives: Lives, ties: Ties) -> Story:
    """Change the facts of some, judge everybody, and write who draws what."""
    ended = end(city, lives, ties, city.chance(31))
    entitled = judge(city, lives, ties)
    hidden = hide(city, lives, entitled, ended, city.chance(32))
    return draw(city, lives, ties, entitled, ended, hidden, city.chance(33))
