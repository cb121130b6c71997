"""Run by tests: appends without end, and says on stdout which were answered and what was refused.

writer.py FOLDER SEGMENT_SIZE FILE_LIMIT PREFIX; FILE_LIMIT (bytes, 0: none) stands for a full disk.
"""

import resource
import signal
import sys
from itertools import count
from pathlib import Path

from ingest.log.appending import Retry
from ingest.log.local import LocalLog, Roll
from tests.log.made import entry

folder, size, limit, prefix = sys.argv[1:]
if int(limit):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # then write() answers "File too large"
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
log = LocalLog(Path(folder), Roll(size=int(size)))
for n in count():
    names = [f"{prefix}-{n}-{part}" for part in range(n % 4 + 1)]
    try:
        log.append([entry(name + " ", received=n, size=n % 700) for name in names])
        said = "answered"
    except Retry:
        said = "refused"
    sys.stdout.write(" ".join([said, *names]) + "\n")
    sys.stdout.flush()
