"""The tables of casework."""

from minzheng.cases.models.acting import Mandate as Mandate
from minzheng.cases.models.core import Application as Application
from minzheng.cases.models.core import Case as Case
from minzheng.cases.models.core import ClockRow as ClockRow
from minzheng.cases.models.core import Duty as Duty
from minzheng.cases.models.core import Event as Event
from minzheng.cases.models.core import KinDeclaration as KinDeclaration
from minzheng.cases.models.correcting import Correction as Correction
from minzheng.cases.models.found import Finding as Finding
from minzheng.cases.models.found import Override as Override
from minzheng.cases.models.found import StatementRow as StatementRow
from minzheng.cases.models.found import Visit as Visit
from minzheng.cases.models.papers import Appeal as Appeal
from minzheng.cases.models.papers import Attachment as Attachment
from minzheng.cases.models.papers import Consent as Consent
from minzheng.cases.models.papers import LetterRow as LetterRow
from minzheng.cases.models.papers import Objection as Objection
from minzheng.cases.models.papers import PublicNotice as PublicNotice
from minzheng.cases.models.papers import Shortage as Shortage
from minzheng.cases.models.sampling import Sample as Sample
from minzheng.cases.models.sampling import Sampled as Sampled
