"""What a run remembers between ticks: intents, commits and state tables, in a store."""

from framework.state.checkpoint import Checkpoint, Fenced
from framework.state.opening import open_store
from framework.state.records import Commit, Intent, Segment, ShardState
from framework.state.store import AlreadyExists, CheckpointError, FolderStore, ObjectStore

__all__ = [
    "AlreadyExists",
    "Checkpoint",
    "CheckpointError",
    "Commit",
    "Fenced",
    "FolderStore",
    "Intent",
    "ObjectStore",
    "Segment",
    "ShardState",
    "open_store",
]
