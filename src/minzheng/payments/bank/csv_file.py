"""The documented CSV batch file: one header, a line for each payment, a trailer with count, total and SM3 digest."""

from __future__ import annotations

from typing import BinaryIO

from minzheng.payments.bank.fields import as_text, checked
from minzheng.payments.bank.records import PROBE, VERSION, Writer
from minzheng.payments.bank.types import Batch

MAGIC = "MZDF"


def write_csv(batch: Batch, stream: BinaryIO, encoding: str) -> None:
    """Write the batch in `encoding` ("GB18030" or "UTF-8"); memory does not grow with its length."""
    writer = Writer(stream, encoding)
    payer = batch.payer
    writer.head(
        "H",
        VERSION,
        MAGIC,
        batch.number,
        payer.account,
        payer.bank_code,
        as_text(payer.name),
        f"{batch.pay_on:%Y%m%d}",
        f"{batch.made_at:%Y%m%d%H%M%S%z}",
        "CNY",
        str(batch.count),
        str(batch.fen),
        encoding,
        PROBE,
    )
    for seq, one in checked(batch, for_gb18030=encoding == "GB18030"):
        writer.line(
            "D",
            str(seq),
            str(one.payment_id),
            as_text(one.name),
            one.account,
            one.bank_code,
            str(one.fen),
            as_text(one.purpose),
        )
    writer.trail(batch.count, batch.fen)
