"""Monthly series summed over a window: the one function that makes such columns, for one person or a city."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def window_total(
    from_month: npt.NDArray[np.int64],
    until_month: npt.NDArray[np.int64],
    fen_per_month: npt.NDArray[np.int64],
    month: int,
    window: int,
) -> npt.NDArray[np.int64]:
    """Per row: fen received in the `window` full months before `month`.

    Months are numbers (year*12 + month-1); a row pays `fen_per_month` in from_month <= m < until_month.
    """
    first = np.maximum(from_month, month - window)
    last = np.minimum(until_month, month)
    total: npt.NDArray[np.int64] = np.maximum(last - first, 0) * fen_per_month
    return total


def month_value(
    from_month: npt.NDArray[np.int64],
    until_month: npt.NDArray[np.int64],
    fen_per_month: npt.NDArray[np.int64],
    month: int,
) -> npt.NDArray[np.int64]:
    """Per row: fen received in `month` itself."""
    return np.where((from_month <= month) & (month < until_month), fen_per_month, 0)
