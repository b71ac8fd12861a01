"""A folder served on this machine, as a host on the web serves it."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread


class Below(SimpleHTTPRequestHandler):
    """Answers below a path only, and writes nothing down."""

    protocol_version = "HTTP/1.1"
    path_above = "/"
    """What the folder's address begins with; some tests set another."""
    not_found: str | None = None
    """The page shown where there is none, as GitHub and GitLab Pages do."""

    def do_GET(self) -> None:
        if self.path == "/favicon.ico":
            # Browsers ask for it by themselves.
            self.send_response(204)
            self.end_headers()
        else:
            super().do_GET()

    def translate_path(self, path: str) -> str:
        if not path.startswith(self.path_above):
            return str(Path(self.directory) / "no such file")
        return super().translate_path("/" + path.removeprefix(self.path_above))

    def send_error(self, code: int, *said: str | None) -> None:
        if self.not_found is None:
            super().send_error(code, *said)
            return
        page = (Path(self.directory) / self.not_found).read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served(folder: Path, below: str = "/", not_found: str | None = None) -> Iterator[str]:
    """Serve a folder and give its address, which ends with a slash."""
    kind = type("Served", (Below,), {"path_above": below, "not_found": not_found})
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(kind, directory=str(folder))) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}{below}"
        server.shutdown()
