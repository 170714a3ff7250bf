"""Whether this installation may serve people: every doubt is a finding that says what to do; production stops on it.

`minzheng check --production` prints them all, and a platform that is not a demonstration refuses to start while one of
them says stop. Nothing here changes anything.
"""

from minzheng.base.safety.check import findings, refuse_unsafe_start
from minzheng.base.safety.finding import Finding, Weight

__all__ = ["Finding", "Weight", "findings", "refuse_unsafe_start"]
