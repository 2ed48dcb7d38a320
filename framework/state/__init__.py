"""What a run remembers between ticks: intents, commits and state tables, in a store."""

from framework.state.checkpoint import Checkpoint, CheckpointError, Fenced
from framework.state.records import Commit, Intent, Segment, ShardState
from framework.state.store import AlreadyExists, FolderStore, ObjectStore

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
]
