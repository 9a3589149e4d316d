"""Makes golden.bin: the events of events_test.go by TensorBoard's own protobuf classes and record writer.

Made with tensorboard 2.21.0: python3 make_golden.py
"""
import io
import os

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

out = io.BytesIO()
out.close = lambda: None
writer = RecordWriter(out)
for event in (
    Event(wall_time=1234567.5, step=0, file_version="brain.Event:2"),
    Event(wall_time=1234567.5, step=8, session_log=SessionLog(status=SessionLog.START)),
    Event(wall_time=1234567.5, step=8, summary=Summary(value=[Summary.Value(tag="loss", simple_value=1.25)])),
    Event(wall_time=1234567.5, step=300, summary=Summary(value=[
        Summary.Value(tag="loss", simple_value=float("nan")), Summary.Value(tag="learning rate", simple_value=1e-8)])),
):
    writer.write(event.SerializeToString(deterministic=True))
writer.flush()
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden.bin"), "wb") as f:
    f.write(out.getvalue())
