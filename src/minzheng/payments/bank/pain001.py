"""The batch as ISO 20022 pain.001.001.09 (customer credit transfer initiation), and its check against the schema."""

from __future__ import annotations

from typing import BinaryIO
from xml.sax.saxutils import escape

from minzheng.payments.bank.fields import checked
from minzheng.payments.bank.types import Batch, Instruction

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
_FLUSH_CHARACTERS = 1 << 16


def write_pain001(batch: Batch, stream: BinaryIO) -> None:
    """Write the batch as UTF-8 XML; memory does not grow with its length."""
    waiting = [_head(batch)]
    size = len(waiting[0])
    for _seq, one in checked(batch, for_gb18030=False):
        waiting.append(_transfer(one))
        size += len(waiting[-1])
        if size >= _FLUSH_CHARACTERS:
            stream.write("".join(waiting).encode())
            waiting, size = [], 0
    waiting.append("</PmtInf>\n</CstmrCdtTrfInitn>\n</Document>\n")
    stream.write("".join(waiting).encode())


def yuan_text(fen: int) -> str:
    """Fen as the decimal of a message: `682.50`."""
    whole, part = divmod(fen, 100)
    return f"{whole}.{part:02d}"


def _head(batch: Batch) -> str:
    payer = batch.payer
    totals = f"<NbOfTxs>{batch.count}</NbOfTxs><CtrlSum>{yuan_text(batch.fen)}</CtrlSum>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="{NAMESPACE}">\n<CstmrCdtTrfInitn>\n'
        f"<GrpHdr><MsgId>{batch.number}</MsgId><CreDtTm>{batch.made_at.isoformat(timespec='seconds')}</CreDtTm>"
        f"{totals}<InitgPty><Nm>{escape(payer.name)}</Nm></InitgPty></GrpHdr>\n"
        f"<PmtInf><PmtInfId>{batch.number}</PmtInfId><PmtMtd>TRF</PmtMtd><BtchBookg>false</BtchBookg>{totals}"
        f"<ReqdExctnDt><Dt>{batch.pay_on.isoformat()}</Dt></ReqdExctnDt>"
        f"<Dbtr><Nm>{escape(payer.name)}</Nm></Dbtr>"
        f"<DbtrAcct>{_account(payer.account)}<Ccy>CNY</Ccy></DbtrAcct>"
        f"<DbtrAgt>{_bank(payer.bank_code)}</DbtrAgt><ChrgBr>SLEV</ChrgBr>\n"
    )


def _transfer(one: Instruction) -> str:
    return (
        f"<CdtTrfTxInf><PmtId><EndToEndId>{one.payment_id.hex}</EndToEndId></PmtId>"
        f'<Amt><InstdAmt Ccy="CNY">{yuan_text(one.fen)}</InstdAmt></Amt>'
        f"<CdtrAgt>{_bank(one.bank_code)}</CdtrAgt><Cdtr><Nm>{escape(one.name)}</Nm></Cdtr>"
        f"<CdtrAcct>{_account(one.account)}</CdtrAcct>"
        f"<RmtInf><Ustrd>{escape(one.purpose)}</Ustrd></RmtInf></CdtTrfTxInf>\n"
    )


def _account(number: str) -> str:
    return f"<Id><Othr><Id>{number}</Id></Othr></Id>"


def _bank(code: str) -> str:
    return (
        "<FinInstnId><ClrSysMmbId><ClrSysId><Cd>CNAPS</Cd></ClrSysId>"
        f"<MmbId>{code}</MmbId></ClrSysMmbId></FinInstnId>"
    )
