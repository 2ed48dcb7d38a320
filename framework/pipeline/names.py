"""The columns that the pipeline adds to events and accumulators. No field can have such a name."""

TIME = "@time"  # event time, microseconds since the epoch
MARK = "@mark"  # the shard's watermark just before the record, microseconds
ID = "@id"  # the event's identity, text
ROW = "@row"  # the record's place in its batch
SLICE = "@slice"  # start of the slice, microseconds
LATE = "@late"  # the watermark a late record met, floored to the group's grain; 0 when in time
EVENTS = "@events"  # how many events an accumulator has
NEW = "@new"  # whether this tick touched the accumulator
START = "@start"  # start of the window, microseconds
AT = "@at"  # the watermark from which a version of a window is known to rules, microseconds
BIN = "bin"  # a sketch's own key
NO_MARK = -(2**62)  # before any watermark
