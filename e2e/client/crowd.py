"""Opens many connections, says something useless on each, and holds them until stdin ends."""

import resource
import socket
import sys

HELLO = bytes([22, 3, 1, 2, 0, 1, 0, 1, 252])  # the beginning of a TLS handshake
# The last two are hung up on at once; the others take places.
WORDS = 3 * [b"", HELLO] + [b"OPTIONS sip:a@b SIP/2.0\r\n\r\n", b"\xff" * 64]

host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
held = []
for number in range(count):
    connection = socket.create_connection((host, port))
    try:
        connection.sendall(WORDS[number % len(WORDS)])
    except OSError:
        pass  # it was hung up on at once
    held.append(connection)
print("open", flush=True)
sys.stdin.read()
