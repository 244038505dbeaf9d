"""A recorder between a relay and its upstream: every byte that a relay sends, read strictly."""

import re
import socket
import threading


class WireTap:
    def __init__(self, target_port):
        self.target_port = target_port
        self.streams = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/"

    def stop(self):
        self.listener.close()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            stream = bytearray()
            self.streams.append(stream)
            upstream = socket.create_connection(("127.0.0.1", self.target_port))
            for source, target, record in ((client, upstream, stream), (upstream, client, None)):
                threading.Thread(
                    target=self.pipe, args=(source, target, record), daemon=True).start()

    @staticmethod
    def pipe(source, target, record):
        try:
            while piece := source.recv(1 << 16):
                if record is not None:
                    record += piece
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def requests(self):
        """(request line, [(name, value)], body) of all requests; any stray byte is an error."""
        found = []
        for stream in self.streams:
            data, position = bytes(stream), 0
            while position < len(data):
                end = data.find(b"\r\n\r\n", position)
                assert end >= 0, f"no end of a head: {data[position:position + 200]}"
                line, *fields = data[position:end].split(b"\r\n")
                assert re.fullmatch(rb"[A-Z]+ /[!-~]* HTTP/1\.1", line), line
                headers = []
                for field in fields:
                    match = re.fullmatch(
                        rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+): ([\t\x20-\x7e\x80-\xff]*)", field)
                    assert match, field
                    headers.append((match[1].lower(), match[2]))
                names = [name for name, _ in headers]
                assert names.count(b"host") == 1
                assert names.count(b"content-length") <= 1
                assert b"transfer-encoding" not in names
                start = end + 4
                position = start + int(dict(headers).get(b"content-length", b"0"))
                assert position <= len(data), "a body ends early"
                found.append((line, headers, data[start:position]))
        return found
