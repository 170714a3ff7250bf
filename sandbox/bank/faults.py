"""What the bank does wrong at the moment: one word in a file, so that it can be changed while the bank runs."""

from __future__ import annotations

from pathlib import Path

NAMES = {
    "late": "扣住回盘与对账文件，直到关闭",
    "no-ack": "扣住受理回执",
    "duplicate": "同一回盘给两份",
    "duplicate-line": "回盘中一笔出现两次",
    "truncated": "回盘从中间截断",
    "wrong-digest": "控制文件的摘要不符",
    "wrong-trailer": "回盘自身的合计不符",
    "wrong-encoding": "回盘的编码与所注明的不符",
    "partly-failed": "每三笔失败一笔",
    "wrong-name": "首笔户名不符",
    "closed-account": "首笔账户已销户",
    "unknown-payment": "回盘中有一笔从未发出的付款",
    "wrong-amount": "首笔金额与发出的不同",
    "come-back": "首笔入账后退汇，另给一份回盘",
    "never-paid": "首笔称已入账而实际没有付",
    "cut-upload": "每次上传到一半断开",
}


class Faults:
    """Reads the control file each time: nothing is remembered."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "fault"

    def now(self) -> str:
        try:
            return self._file.read_text().strip()
        except FileNotFoundError:
            return ""

    def switch(self, name: str) -> None:
        if name in {"", "none"}:
            self._file.unlink(missing_ok=True)
            return
        if name not in NAMES:
            raise ValueError(name)
        fresh = self._file.with_name("fault.new")
        fresh.write_text(name)
        fresh.replace(self._file)
