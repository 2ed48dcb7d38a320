"""Rules over windows to episodes: the same fold for a live run, a test, a preview and a backtest."""

from framework.episodes.documents import documents
from framework.episodes.fold import Snapshot
from framework.episodes.offline import Series
from framework.episodes.watch import Watch

__all__ = ["Series", "Snapshot", "Watch", "documents"]
