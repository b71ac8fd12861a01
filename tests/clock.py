"""Another clock for the processes of a build, in Python itself; the machine's stays as it is."""

from pathlib import Path

CLOCK = '''
"""Python reads this file when it begins: here its clock is ahead."""

import ctypes
import datetime
import gc
import time

AHEAD = {seconds}
now, now_ns = time.time, time.time_ns

time.time = lambda: now() + AHEAD
time.time_ns = lambda: now_ns() + AHEAD * 10**9
for name in ("gmtime", "localtime", "ctime"):
    setattr(time, name, lambda at=None, of=getattr(time, name): of(time.time() if at is None else at))
time.asctime = lambda at=None, of=time.asctime: of(time.localtime() if at is None else at)
time.strftime = lambda form, at=None, of=time.strftime: of(form, time.localtime() if at is None else at)

# Compiled code knows this class by its place: it stays, with two methods changed. (The others ask time.time.)
(methods,) = gc.get_referents(datetime.datetime.__dict__)
methods["now"] = classmethod(lambda cls, tz=None: cls.fromtimestamp(time.time(), tz))
methods["utcnow"] = classmethod(lambda cls: cls.now(datetime.UTC).replace(tzinfo=None))
ctypes.pythonapi.PyType_Modified(ctypes.py_object(datetime.datetime))
'''


def clock(folder: Path, years: int) -> Path:
    """A folder which on Python's path sets its clock so many years of 365 days ahead."""
    text = CLOCK.replace("{seconds}", str(years * 365 * 86400))
    (folder / "sitecustomize.py").write_text(text, encoding="utf-8")
    return folder
