"""What a document is for."""

from __future__ import annotations

from django.db.models import TextChoices


class Kind(TextChoices):
    """The use a document was taken in or made for."""

    EVIDENCE = "evidence", "证明材料"
    PHOTO = "photo", "现场照片"
    SIGNATURE = "signature", "签名"
    LETTER = "letter", "文书"
    BASIS = "basis", "依据文件"
    BANK_FILE = "bank_file", "银行文件"
