"""A stand-in for Kaggle on this machine, which serves one file and can break off."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from kagglesdk import kaggle_env


@contextmanager
def leads_to(address: str):
    """Whoever asks for Kaggle is led to this address."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.PROD, address)
        yield


@contextmanager
def kaggle(content: bytes, breaks_after: int | None = None):
    """Serve one file. The first answer may break off.

    Yields the server's address, and the list of what was asked for: a range, or None for all.
    """
    asked: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path.endswith("GetDataset"):
                self.answer(200, json.dumps({"currentVersionNumber": 4}).encode())
            else:
                self.send_response(302)
                self.send_header("Location", f"{address}/files/ner_dataset.csv")
                self.send_header("Content-Length", "0")
                self.end_headers()

        def do_GET(self):
            wanted = self.headers.get("Range")
            if wanted:
                asked[-1] = wanted  # kagglehub asks for the whole, and then for the rest of it
                self.answer(206, content[int(wanted.removeprefix("bytes=").rstrip("-")) :])
                return
            asked.append(None)
            cut = breaks_after if len(asked) == 1 else None
            self.answer(200, content, cut)

        def answer(self, status: int, body: bytes, cut: int | None = None):
            self.send_response(status)
            self.send_header("Content-Type", "application/json" if body[:1] == b"{" else "text/csv")
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:cut])
            self.close_connection = True

        def log_message(self, *arguments):
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request, client_address):
            pass  # whoever asked has hung up

    with Server(("localhost", 0), Handler) as server:
        address = f"http://localhost:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield address, asked
        finally:
            server.shutdown()
