"""The incremental fold: the definition, evaluated report by report in bounded memory."""

from audience.fold.fold import Fold

__all__ = ["Fold"]
