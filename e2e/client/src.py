#!/usr/bin/env python3
"""An independent SIPREC client: places recording sessions and remembers all it sent.

It exists to be compared with the recorder, so it must never share code with it: Python's
standard library only, and libsrtp for SRTP. One process, one thread, one pacing loop for every
call and stream.

The sound is computable: `payload(seed, call, stream, number, size)` gives the bytes of a
packet, whatever the codec, so that a recording can be compared sample by sample
(`check_wav.py`). The record (`--record FILE`) says which packets left and when, on
CLOCK_MONOTONIC, which all processes of one machine share.

On stdout: `answered N` when every call has its final answer, at the end one JSON object.
Exit status 0 when every call was answered with 200 and ended as it should.
"""

import argparse
import base64
import hashlib
import heapq
import json
import os
import random
import selectors
import signal
import socket
import ssl
import sys
import time
import uuid

import libsrtp

T1_NS = 500_000_000
T2_NS = 4_000_000_000
TIMER_B_NS = 32_000_000_000
MS = 1_000_000
PAYLOAD_TYPES = {"pcmu": 0, "pcma": 8}
RATE = 8000
FRAME_MS = 20
BURN_AT = 40
FRAME_SAMPLES = RATE * FRAME_MS // 1000


def payload(seed, call, stream, number, size=FRAME_SAMPLES):
    """The sound of one packet; `number` counts packets from 0 and does not wrap."""
    return hashlib.shake_128(f"{seed}/{call}/{stream}/{number}".encode()).digest(size)


def codec_of(codec, every, number):
    """The codec of a packet: the one agreed on first, or by turns both."""
    if not every or number // every % 2 == 0:
        return codec
    return "pcma" if codec == "pcmu" else "pcmu"


# --- messages -----------------------------------------------------------------------------


class Message:
    """A SIP message, read just as far as this client needs it."""

    def __init__(self, raw):
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = head.decode("utf-8", "replace").split("\r\n")
        self.first = lines[0]
        self.headers = []
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.headers.append((name.strip().lower(), value.strip()))

    def all(self, *names):
        return [value for name, value in self.headers if name in names]

    def one(self, *names):
        found = self.all(*names)
        return found[0] if found else ""

    @property
    def status(self):
        """The status of a response; 0 for a request."""
        return int(self.first.split()[1]) if self.first.startswith("SIP/2.0") else 0

    @property
    def method(self):
        """What is asked, or what is answered."""
        if self.status:
            return self.one("cseq").split()[-1]
        return self.first.split()[0]


def tag_of(value):
    for part in value.split(">")[-1].split(";"):
        name, _, text = part.strip().partition("=")
        if name.lower() == "tag":
            return text
    return ""


def uri_in(value):
    return value[value.index("<") + 1 : value.index(">")] if "<" in value else value.split(";")[0]


def read_sdp(body):
    """The m-lines of an SDP: media, port, address, label, direction, formats."""
    lines, address, media = body.decode("utf-8", "replace").split("\r\n"), "", []
    for line in lines:
        if line.startswith("c="):
            value = line.split()[-1]
            if media:
                media[-1]["address"] = value
            else:
                address = value
        elif line.startswith("m="):
            words = line[2:].split()
            media.append({"media": words[0], "port": int(words[1]), "address": address,
                          "formats": words[3:], "label": None, "direction": "sendrecv",
                          "profile": words[2], "crypto": []})
        elif line.startswith("a=crypto:") and media:
            media[-1]["crypto"].append(line[9:].split())
        elif line.startswith("a=label:") and media:
            media[-1]["label"] = line[8:]
        elif line in ("a=recvonly", "a=sendonly", "a=inactive", "a=sendrecv") and media:
            media[-1]["direction"] = line[2:]
    return media


# --- signalling transports ----------------------------------------------------------------


class Wire:
    """One signalling flow to the recorder, over UDP, TCP or TLS."""

    def __init__(self, transport, target, files=None):
        self.reliable = transport != "udp"
        kind = socket.SOCK_STREAM if self.reliable else socket.SOCK_DGRAM
        self.socket = socket.socket(socket.AF_INET, kind)
        self.socket.connect(target)
        if self.reliable:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if files:
            authority, certificate, key = files
            context = ssl.create_default_context(cafile=authority)
            context.load_cert_chain(certificate, key)
            self.socket = context.wrap_socket(self.socket, server_hostname=target[0])
            self.socket.setblocking(False)
        if not self.reliable:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            self.socket.setblocking(False)
        self.host, self.port = self.socket.getsockname()
        self.name = transport.upper()
        self.buffer = b""
        self.open = True

    def send(self, raw):
        try:
            self.socket.sendall(raw)
        except OSError:
            self.open = not self.reliable

    def receive(self):
        """Every whole message that has arrived."""
        if self.reliable:
            return self._receive_stream()
        found = []
        while True:
            try:
                found.append(Message(self.socket.recv(65535)))
            except (BlockingIOError, ConnectionRefusedError):
                return [message for message in found if message.first]

    def _receive_stream(self):
        try:
            more = self.socket.recv(262144)
            while isinstance(self.socket, ssl.SSLSocket) and self.socket.pending():
                more += self.socket.recv(262144)
        except ssl.SSLWantReadError:
            return []  # what came was TLS's own
        except OSError:
            more = b""
        self.open = self.open and bool(more)
        self.buffer += more
        found = []
        while True:
            self.buffer = self.buffer.lstrip(b"\r\n")
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return found
            head = Message(self.buffer[: end + 4])
            size = end + 4 + int(head.one("content-length", "l") or 0)
            if len(self.buffer) < size:
                return found
            found.append(Message(self.buffer[:size]))
            self.buffer = self.buffer[size:]


class Loop:
    """Timed actions and readable sockets, in one thread."""

    def __init__(self):
        self.queue, self.count = [], 0
        self.selector = selectors.DefaultSelector()
        self.done = False

    def at(self, due_ns, action):
        self.count += 1
        heapq.heappush(self.queue, (due_ns, self.count, action))

    def after(self, delay_ns, action):
        self.at(time.monotonic_ns() + delay_ns, action)

    def watch(self, sock, action):
        self.selector.register(sock, selectors.EVENT_READ, action)

    def run(self):
        while not self.done:
            while self.queue and self.queue[0][0] <= time.monotonic_ns():
                heapq.heappop(self.queue)[2]()
                if self.done:
                    return
            wait = 0.1
            if self.queue:
                wait = min(wait, max(0, self.queue[0][0] - time.monotonic_ns()) / 1e9)
            for key, _ in self.selector.select(wait):
                key.data()


# --- one call -----------------------------------------------------------------------------


class Stream:
    """One direction of a call: the RTP of one m-line."""

    def __init__(self, call, index, party, label, late_ns):
        self.call, self.index, self.party, self.label = call, index, party, label
        self.late_ns = late_ns
        self.random = random.Random(f"{call.options.seed}/{call.number}/{index}")
        self.first_seq = self.random.randrange(65536)
        self.first_ts = self.random.randrange(1 << 32)
        if call.options.wrap:  # both counters begin again within the first second
            self.first_seq, self.first_ts = 65536 - 20, (1 << 32) - 30 * FRAME_SAMPLES
        self.ssrc = self.random.randrange(1, 1 << 32)
        self.master = self.protector = None
        if call.options.srtp:
            octets = libsrtp.SUITES[call.options.srtp][0]
            self.master = os.urandom(octets)
            self.mki = os.urandom(call.options.mki)
            self.protector = libsrtp.Protector(call.options.srtp, self.master, mki=self.mki)
        # The remote party's clock may be wrong: its twenty milliseconds are longer or shorter.
        skew = call.options.skew if party == "remote" else 0
        self.frame_ns = FRAME_MS * MS * 1_000_000 // (1_000_000 + skew)
        # And its packets may be longer on their way.
        self.way_ns = int(call.options.way * MS) if party == "remote" else 0
        self.socket = even_socket()
        self.port = self.socket.getsockname()[1]
        self.target = None
        self.number = 0  # of the next packet
        self.frame = 0  # of 20 ms since the stream's first packet, gaps counted
        self.began_ns = None
        self.marker = True
        self.packets = []  # [number, timestamp from 0, sent at ns, copies]
        self.unsent = 0  # delayed by reordering, still to leave

    def start(self):
        self.began_ns = time.monotonic_ns()
        self.call.loop.at(self.began_ns, self.tick)
        if self.call.options.reports:
            self.call.loop.after(int(self.call.options.reports * 1e9) // 2, self.report)

    def report(self):
        """Sends a sender report with its CNAME (RFC 3550, 6.4.1 and 6.5) to the next port."""
        if self.call.state != "talking":
            return
        since_ns = time.monotonic_ns() - self.began_ns
        ntp = time.time_ns() * (1 << 32) // 1_000_000_000 + (2_208_988_800 << 32)
        stamp = (self.first_ts + since_ns * RATE // 1_000_000_000) % (1 << 32)
        name = self.call.call_id.encode()
        items = self.ssrc.to_bytes(4, "big") + bytes([1, len(name)]) + name
        items += bytes(4 - len(items) % 4)
        packet = (b"\x80\xc8\x00\x06" + self.ssrc.to_bytes(4, "big") + ntp.to_bytes(8, "big")
                  + stamp.to_bytes(4, "big") + len(self.packets).to_bytes(4, "big")
                  + (len(self.packets) * FRAME_SAMPLES).to_bytes(4, "big")
                  + b"\x81\xca" + (len(items) // 4).to_bytes(2, "big") + items)
        address, port = self.target
        self.call.loop.after(self.way_ns, lambda: self.put([packet], (address, port + 1)))
        self.call.loop.after(int(self.call.options.reports * 1e9), self.report)

    def in_gap(self):
        """Whether silence suppression keeps this frame off the wire."""
        talk, quiet = self.call.options.dtx
        if not quiet:
            return False
        at = self.frame * FRAME_MS / 1000 + 0.31 * self.index
        return at % (talk + quiet) >= talk

    def tick(self):
        if self.call.state != "talking":
            return
        if self.in_gap():
            self.marker = True
        else:
            self.emit()
        self.frame += 1
        self.call.loop.at(self.began_ns + self.frame * self.frame_ns, self.tick)

    def burn(self, count):
        """As if so many packets in a row had been lost: their numbers are gone."""
        for _ in range(count):
            number = (self.first_seq + self.number) % 65536
            self.protector.rtp(b"\x80\0" + number.to_bytes(2, "big") + bytes(4)
                               + self.ssrc.to_bytes(4, "big") + b"\0")
            self.first_seq = (self.first_seq + 1) % 65536

    def new_key(self):
        """A new key, behind as many turns of the sequence number, or none."""
        turns = (self.first_seq + self.number) // 65536
        goes_on = (self.ssrc, turns) if self.call.options.rekey == "keep" else None
        return libsrtp.Protector(self.call.options.srtp, self.master,
                                 goes_on=goes_on, mki=self.mki)

    def emit(self):
        """Sends, delays, doubles or loses the next packet."""
        options = self.call.options
        if options.burn and not self.index and self.number == BURN_AT:
            self.burn(options.burn)
        entry = [self.number, self.frame * FRAME_SAMPLES, 0, 0]
        packet = self.packet(entry)
        if self.protector:
            packet = self.protector.rtp(packet)
        self.number += 1
        self.packets.append(entry)
        if entry[0] and self.random.random() * 100 < options.loss:
            return
        copies = 2 if self.random.random() * 100 < options.duplicate else 1
        delay_ns = 0
        if entry[0] and self.random.random() * 100 < options.reorder_share:
            delay_ns = int(self.random.random() * options.reorder * MS)
        self.unsent += 1
        if delay_ns:
            self.call.loop.after(delay_ns, lambda: self.send(entry, packet, copies))
        else:
            self.send(entry, packet, copies)

    def packet(self, entry):
        number, timestamp = entry[0], entry[1]
        every = self.call.options.new_source_every
        if every and number and number % every == 0:
            # As a gateway does that restarts its sender: everything but the sound is new.
            self.ssrc = self.random.randrange(1, 1 << 32)
            self.first_seq = (self.random.randrange(65536) - number) % 65536
            self.first_ts = (self.random.randrange(1 << 32) - timestamp) % (1 << 32)
            self.marker = True
        codec = codec_of(self.call.options.codec, self.call.options.switch_every, number)
        second = PAYLOAD_TYPES[codec] | (0x80 if self.marker else 0)
        self.marker = False
        first, sources, extension, padding = self.dress(number)
        return (
            bytes([first, second])
            + ((self.first_seq + number) % 65536).to_bytes(2, "big")
            + ((self.first_ts + timestamp) % (1 << 32)).to_bytes(4, "big")
            + self.ssrc.to_bytes(4, "big")
            + sources
            + extension
            + payload(self.call.options.seed, self.call.number, self.index, number)
            + padding
        )

    def dress(self, number):
        """First octet, contributing sources, header extension and padding (RFC 3550, 5.1)."""
        first, sources, extension, padding = 0x80, b"", b"", b""
        if self.call.options.dress:
            if number % 2:
                first, sources = first | 2, b"\xc5\xbc\x00\x01\xc5\xbc\x00\x02"
            if number % 3:
                first, extension = first | 0x10, b"\xbe\xde\x00\x01\x10\x7f\x00\x00"
            if number % 5:
                first, padding = first | 0x20, b"\x00\x00\x00\x04"
        return first, sources, extension, padding

    def send(self, entry, packet, copies):
        """The packet leaves, and is on its way for a while."""
        entry[2], entry[3] = time.monotonic_ns(), copies
        packets = [packet] * copies
        if self.call.options.forge:  # one octet of sound changed on the way
            at = len(packet) - 40
            packets.append(packet[:at] + bytes([packet[at] ^ 1]) + packet[at + 1 :])

        def arrive():
            self.unsent -= 1
            if self.call.state == "ended":
                entry[2] = entry[3] = 0
            else:
                self.put(packets, self.target)

        if self.way_ns:
            self.call.loop.after(self.way_ns, arrive)
        else:
            arrive()

    def put(self, packets, target):
        if self.call.state == "ended":
            return
        for one in packets:
            try:
                self.socket.sendto(one, target)
            except OSError as error:
                self.call.oddities.append(f"rtp not sent: {error}")

    def tag(self):
        """The tag of our `a=crypto`: another one for each stream."""
        return str(self.index + 3)

    def crypto(self):
        """The lines that offer our key, behind one that nobody understands."""
        if not self.master:
            return []
        key = base64.b64encode(self.master).decode()
        mki = f"|{int.from_bytes(self.mki, 'big')}:{len(self.mki)}" if self.mki else ""
        return [f"a=crypto:1 UNHEARD_OF inline:{key}",
                f"a=crypto:{self.tag()} {self.call.options.srtp} inline:{key}|2^31{mki}"]

    def profile(self):
        return "RTP/SAVP" if self.master and not self.call.options.plain_profile else "RTP/AVP"

    def check_keys(self, line):
        """What is wrong with the keys of an answer."""
        wrong = [] if line["profile"] == self.profile() else [f"profile {line['profile']}"]
        if not self.master:
            return wrong + ["keys in the answer"] * bool(line["crypto"])
        wanted = [self.tag(), self.call.options.srtp]
        if [words[:2] for words in line["crypto"]] != [wanted]:
            return wrong + ["another a=crypto than ours in the answer"]
        theirs = base64.b64decode(line["crypto"][0][2].removeprefix("inline:"))
        if len(theirs) != len(self.master) or theirs == self.master:
            wrong.append("no key of its own in the answer")
        return wrong

    def described(self):
        return {"stream": self.index, "party": self.party, "label": self.label,
                "key": base64.b64encode(self.master).decode() if self.master else None,
                "ssrc": self.ssrc, "firstSeq": self.first_seq, "firstTs": self.first_ts,
                "packets": self.packets}


def even_socket():
    while True:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(("127.0.0.1", 0))
        if sock.getsockname()[1] % 2 == 0:
            sock.setblocking(False)
            return sock
        sock.close()


def number_for(template, call):
    """`225` for every call, or `2{:03}` to give each call its own."""
    return template.format(call) if "{" in template else template


class Call:
    """One recording session, from INVITE to BYE."""

    def __init__(self, loop, wire, options, number):
        self.loop, self.wire, self.options, self.number = loop, wire, options, number
        self.state = "new"
        self.status, self.ended_by, self.oddities = 0, None, []
        self.answered_ns = self.ended_ns = None
        unique = uuid.uuid4()  # the sound is computable, the ids are new in every run
        self.call_id = f"{unique.hex}@{wire.host}"
        self.session_uuid = unique
        self.pbx_call_id = uuid.uuid4().hex
        self.from_tag = unique.hex[:10]
        self.to_value, self.target = f"<sip:recorder@{options.host}>", f"sip:{options.host}"
        self.cseq = self.version = 1
        self.rekeyed = False
        self.local = number_for(options.local, number)
        self.remote = number_for(options.remote, number)
        self.device = f";x-nearenddevice={options.device}" if options.device else ""
        self.streams = self.make_streams()
        self.unanswered = None  # (method, raw) of our request without final answer
        self.branch_of = {}

    def make_streams(self):
        late = int(self.options.late_second * 1e9)
        if self.options.reverse:
            # The remote party stands first in the SDP, and its label is the greater one.
            return [Stream(self, 0, "remote", "2", 0), Stream(self, 1, "local", "1", late)]
        return [Stream(self, 0, "local", "1", 0), Stream(self, 1, "remote", "2", late)]

    # -- requests

    def request(self, method, body=b"", extra=(), cseq=None, branch=None):
        cseq = self.cseq if cseq is None else cseq
        branch = branch or f"z9hG4bK{os.urandom(6).hex()}"
        if method != "ACK":
            self.branch_of[method] = branch
        lines = [
            f"{method} {self.target} SIP/2.0",
            f"Via: SIP/2.0/{self.wire.name} {self.wire.host}:{self.wire.port};branch={branch}"
            + ("" if self.wire.reliable else ";rport"),
            "Max-Forwards: 70",
            f"From: <sip:src@{self.wire.host}{self.device}>;tag={self.from_tag}",
            f"To: {self.to_value}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {cseq} {method}",
            f"Contact: <sip:src@{self.wire.host}:{self.wire.port};transport="
            f"{self.wire.name.lower()}>;+sip.src",
            "User-Agent: e2e-src",
            *extra,
            f"Content-Length: {len(body)}",
        ]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    def invite(self):
        self.state = "inviting"
        body = self.multipart()
        extra = ["Require: siprec", "Accept: application/sdp, application/rs-metadata",
                 "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE",
                 'Content-Type: multipart/mixed; boundary="part-of-it"']
        self.transact("INVITE", self.request("INVITE", body, extra))

    def transact(self, method, raw):
        self.unanswered = (method, raw)
        self.wire.send(raw)
        if not self.wire.reliable:
            self.loop.after(T1_NS, lambda: self.again(method, raw, T1_NS * 2))
        self.loop.after(TIMER_B_NS, lambda: self.give_up(method, raw))

    def again(self, method, raw, interval_ns):
        if self.unanswered != (method, raw) or self.state == "ended":
            return
        self.wire.send(raw)
        next_ns = interval_ns * 2 if method == "INVITE" else min(interval_ns * 2, T2_NS)
        self.loop.after(interval_ns, lambda: self.again(method, raw, next_ns))

    def give_up(self, method, raw):
        if self.unanswered != (method, raw) and not (
            method == "INVITE" and self.state == "inviting"
        ):
            return
        if self.state != "ended":
            self.oddities.append(f"no final answer to {method}")
            if method == "INVITE":
                self.status = 408
            self.end("timeout")

    def multipart(self):
        parts = [("application/sdp", "session;handling=required", self.sdp())]
        if not self.options.no_metadata:
            parts.append(("application/rs-metadata+xml", "recording-session", self.metadata()))
        out = b""
        for kind, disposition, body in parts:
            out += (f"--part-of-it\r\nContent-Type: {kind}\r\n"
                    f"Content-Disposition: {disposition}\r\n\r\n").encode() + body + b"\r\n"
        return out + b"--part-of-it--\r\n"

    def sdp(self):
        first = self.options.codec
        codecs = [first, codec_of(first, 1, 1)] if self.options.switch_every else [first]
        kinds = [PAYLOAD_TYPES[codec] for codec in codecs]
        lines = ["v=0", f"o=src {self.number + 1} {self.version} IN IP4 127.0.0.1", "s=-",
                 "c=IN IP4 127.0.0.1", "t=0 0"]
        for stream in self.streams:
            lines += [f"m=audio {stream.port} {stream.profile()} {' '.join(map(str, kinds))} 101",
                      *[f"a=rtpmap:{kind} {codec.upper()}/8000"
                        for kind, codec in zip(kinds, codecs)],
                      "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15",
                      f"a=label:{stream.label}", "a=sendonly", *stream.crypto()]
        return "\r\n".join(lines).encode() + b"\r\n"

    def metadata(self):
        def name(word):
            digest = hashlib.md5(f"{self.session_uuid}/{word}".encode()).digest()
            return base64.b64encode(digest).decode()

        session = base64.b64encode(self.session_uuid.bytes).decode()
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        vendor = {"local": "", "remote": ""}
        if self.options.direction:
            calling = "local" if self.options.direction == "out" else "remote"
            for party in vendor:
                vendor[party] = (
                    '<extensiondata xmlns:apkt="http://acmepacket.com/siprec/extensiondata">'
                    f"<apkt:callingParty>{str(party == calling).lower()}</apkt:callingParty>"
                    "</extensiondata>")
        numbers = {"local": self.local, "remote": self.remote}
        names = {"local": "Party local", "remote": self.options.remote_name}
        # The remote party is always named first: order must decide nothing.
        parties = ["remote", "local"] if self.options.reverse else ["local", "remote"]
        of = {stream.party: stream for stream in self.streams}
        out = ['<?xml version="1.0" encoding="UTF-8"?>',
               '<recording xmlns="urn:ietf:params:xml:ns:recording:1">',
               "<datamode>complete</datamode>",
               f'<session session_id="{session}"><sipSessionID>{self.pbx_call_id};remote='
               f"{'0' * 32}</sipSessionID><start-time>{now}</start-time></session>"]
        for party in parties:
            out.append(f'<participant participant_id="{name(party)}">'
                       f'<nameID aor="sip:{numbers[party]}@pbx.example">'
                       f'<name xml:lang="en">{names[party]}</name></nameID>'
                       f"{vendor[party]}</participant>")
        for party in reversed(parties):
            out.append(f'<stream stream_id="{name(party + "/s")}" session_id="{session}">'
                       f"<label>{of[party].label}</label></stream>")
        out.append(f'<sessionrecordingassoc session_id="{session}"><associate-time>{now}'
                   "</associate-time></sessionrecordingassoc>")
        for party in parties:
            out.append(f'<participantsessionassoc participant_id="{name(party)}" '
                       f'session_id="{session}"><associate-time>{now}</associate-time>'
                       "</participantsessionassoc>")
        for party, other in (("local", "remote"), ("remote", "local")):
            out.append(f'<participantstreamassoc participant_id="{name(party)}">'
                       f'<send>{name(party + "/s")}</send><recv>{name(other + "/s")}</recv>'
                       "</participantstreamassoc>")
        return ("\n".join(out) + "\n</recording>\n").encode()

    # -- what comes back

    def receive(self, message):
        if not message.status:
            self.asked(message)
        elif message.method == "INVITE":
            self.answer(message)
        elif message.method == "BYE" and message.status >= 200:
            if message.status >= 300:
                self.oddities.append(f"BYE answered {message.status}")
            self.end(self.ended_by or "src")

    def asked(self, request):
        lines = ["SIP/2.0 200 OK"]
        lines += [f"Via: {value}" for value in request.all("via", "v")]
        lines += [f"From: {request.one('from', 'f')}", f"To: {request.one('to', 't')}",
                  f"Call-ID: {self.call_id}", f"CSeq: {request.one('cseq')}",
                  f"Contact: <sip:src@{self.wire.host}:{self.wire.port}>;+sip.src",
                  "Content-Length: 0", "", ""]
        if request.method == "ACK":
            return
        if request.method == "INVITE":
            lines[0] = "SIP/2.0 488 Not Acceptable Here"
        self.wire.send("\r\n".join(lines).encode())
        if request.method == "BYE":
            self.end("recorder")

    def answer(self, message):
        if message.status < 200:
            self.unanswered = None  # retransmission stops, timer B goes on
            return
        if self.state == "inviting":
            # Else a 200 that came again, and what waits for its answer is a BYE.
            self.unanswered = None
        if message.status >= 300:
            self.wire.send(self.request("ACK", cseq=1, branch=self.branch_of["INVITE"]))
            if self.state == "inviting":
                self.status = message.status
                self.end("refused")
            return
        self.to_value = message.one("to", "t")
        self.target = uri_in(message.one("contact", "m"))
        first = self.state == "inviting"
        if first:
            self.accept(message)
        self.wire.send(self.request("ACK", cseq=int(message.one("cseq").split()[0])))
        if not first and self.version > 1:
            # What leaves from now on opens with the key of the new offer alone.
            for stream, line in zip(self.streams, read_sdp(message.body)):
                stream.protector = stream.new_key()
                self.oddities += stream.check_keys(line)
            self.version, self.rekeyed = 1, True
        if first:
            if self.options.rekey:
                self.loop.after(int(self.options.rekey_after * 1e9), self.rekey)
            for stream in self.streams:
                if stream.target:
                    self.loop.after(stream.late_ns, stream.start)
            if self.options.seconds is not None:
                self.loop.after(int(self.options.seconds * 1e9), self.leave)

    def accept(self, message):
        """Takes the 200; says what is wrong with it; may send sound before the ACK."""
        self.status, self.answered_ns, self.state = 200, time.monotonic_ns(), "talking"
        media = read_sdp(message.body)
        if "+sip.srs" not in message.one("contact", "m"):
            self.oddities.append("no +sip.srs in the Contact of the 200")
        if len(media) != len(self.streams):
            self.oddities.append(f"{len(media)} m-lines in the answer")
        for stream, line in zip(self.streams, media):
            stream.target = (line["address"], line["port"])
            if line["label"] != stream.label:
                self.oddities.append(f"label {line['label']} for {stream.label}")
            if line["direction"] != "recvonly":
                self.oddities.append(f"direction {line['direction']}")
            if line["port"] % 2 or not line["port"]:
                self.oddities.append(f"port {line['port']}")
            self.oddities += stream.check_keys(line)
        if self.options.early:
            for stream in self.streams:
                if stream.target and not stream.late_ns:
                    stream.began_ns = time.monotonic_ns()
                    stream.emit()
                    stream.frame = 1
                    stream.start = lambda one=stream: self.loop.at(
                        one.began_ns + FRAME_MS * MS, one.tick)

    def rekey(self):
        """Offers new keys; the old ones are used until the answer is there."""
        for stream in self.streams:
            stream.master = os.urandom(len(stream.master))
        self.version, self.cseq = 2, self.cseq + 1
        kind = ["Content-Type: application/sdp"]
        self.transact("INVITE", self.request("INVITE", self.sdp(), kind))

    def leave(self):
        """Stops the sound, and says BYE when the last delayed packet has left."""
        if self.state == "talking":
            self.state = "leaving"
        if self.state != "leaving":
            return
        if any(stream.unsent for stream in self.streams):
            self.loop.after(5 * MS, self.leave)
            return
        if self.options.rekey and not self.rekeyed:
            self.oddities.append("no sound left under a new key")
        self.state = "byeing"
        self.cseq += 1
        self.transact("BYE", self.request("BYE"))

    def end(self, by):
        if self.state != "ended":
            self.state, self.ended_by = "ended", by
            self.ended_ns = time.monotonic_ns()
            self.unanswered = None

    def described(self):
        return {"call": self.number, "callId": self.call_id, "pbxCallId": self.pbx_call_id,
                "local": self.local, "remote": self.remote, "status": self.status,
                "answeredAt": self.answered_ns, "endedAt": self.ended_ns,
                "endedBy": self.ended_by, "oddities": self.oddities,
                "streams": [stream.described() for stream in self.streams]}


# --- all calls ----------------------------------------------------------------------------


class Run:
    """Places the calls, watches over their end, writes the record."""

    def __init__(self, options):
        self.options, self.loop = options, Loop()
        self.wire = Wire(options.transport, (options.address, options.port), options.tls)
        self.calls = [Call(self.loop, self.wire, options, n) for n in range(options.calls)]
        self.by_id = {call.call_id: call for call in self.calls}
        self.killed_ns, self.announced, self.stopping = None, False, False

    def start(self):
        self.loop.watch(self.wire.socket, self.readable)
        began = time.monotonic_ns()
        for call in self.calls:
            self.loop.at(began + int(call.number * 1e9 / self.options.rate), call.invite)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.signalled)
        self.loop.after(20 * MS, self.look)
        self.loop.run()
        self.write()

    def readable(self):
        for message in self.wire.receive():
            call = self.by_id.get(message.one("call-id", "i"))
            if call:
                call.receive(message)
        if not self.wire.open:
            self.loop.selector.unregister(self.wire.socket)
            for call in self.calls:
                call.end("connection closed")

    def signalled(self, *_):
        self.stopping = True

    def look(self):
        """Every 20 ms: have all been answered, is it time to kill, is everything over?"""
        settled = all(call.state not in ("new", "inviting") for call in self.calls)
        if settled and not self.announced:
            self.announced = True
            answered = sum(call.status == 200 for call in self.calls)
            print(f"answered {answered}", flush=True)
            if self.options.kill:
                self.loop.after(int(self.options.kill_after * 1e9), self.kill)
        if self.stopping:
            for call in self.calls:
                call.leave()
        if all(call.state == "ended" for call in self.calls):
            self.loop.done = True
        self.loop.after(20 * MS, self.look)

    def kill(self):
        self.killed_ns = time.monotonic_ns()
        os.kill(self.options.kill, signal.SIGKILL)
        for call in self.calls:
            call.end("killed")

    def write(self):
        if not self.options.record:
            return
        record = {"seed": self.options.seed, "codec": self.options.codec,
                  "switchEvery": self.options.switch_every, "rate": RATE,
                  "samplesPerPacket": FRAME_SAMPLES, "killedAt": self.killed_ns,
                  "calls": [call.described() for call in self.calls]}
        partial = f"{self.options.record}.part"
        with open(partial, "w", encoding="utf-8") as file:
            json.dump(record, file)
        os.rename(partial, self.options.record)

    def summary(self):
        streams = [stream for call in self.calls for stream in call.streams]
        return {"calls": len(self.calls),
                "answered": sum(call.status == 200 for call in self.calls),
                "statuses": sorted({call.status for call in self.calls}),
                "packets": sum(1 for s in streams for p in s.packets if p[3]),
                "endedBy": sorted({str(call.ended_by) for call in self.calls}),
                "oddities": sorted({odd for call in self.calls for odd in call.oddities})}


def options_from(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--to", required=True, help="HOST:PORT of the recorder")
    parser.add_argument("--transport", choices=["udp", "tcp", "tls"], default="udp")
    parser.add_argument("--tls", nargs=3, metavar=("CA", "CERTIFICATE", "KEY"))
    parser.add_argument("--calls", type=int, default=1)
    parser.add_argument("--rate", type=float, default=20, help="new calls a second")
    parser.add_argument("--seconds", type=float, help="of sound; none: until SIGTERM")
    parser.add_argument("--codec", choices=sorted(PAYLOAD_TYPES), default="pcmu")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--local", default="225", help="number; {} is the call's index")
    parser.add_argument("--remote", default="+390584943232")
    parser.add_argument("--remote-name", default="Party remote")
    parser.add_argument("--device", help="the phone the call is forked by, as CUCM names it")
    parser.add_argument("--direction", choices=["in", "out"])
    parser.add_argument("--reverse", action="store_true", help="remote party on m-line 0")
    parser.add_argument("--no-metadata", action="store_true")
    parser.add_argument("--early", action="store_true", help="sound before the ACK")
    parser.add_argument("--late-second", type=float, default=0, help="seconds")
    parser.add_argument("--loss", type=float, default=0, help="per cent")
    parser.add_argument("--duplicate", type=float, default=0, help="per cent")
    parser.add_argument("--reorder", type=float, default=0, help="at most so many ms")
    parser.add_argument("--reorder-share", type=float, default=25, help="per cent")
    parser.add_argument("--dtx", default="0,0", help="seconds of talk,seconds of nothing")
    parser.add_argument("--skew", type=int, default=0,
                        help="parts per million by which the remote party's clock is fast")
    parser.add_argument("--way", type=float, default=0,
                        help="ms by which the remote party's packets are longer on their way")
    parser.add_argument("--reports", type=float, default=0, help="seconds between sender reports")
    parser.add_argument("--switch-every", type=int, default=0,
                        help="packets after which the codec changes to the other one and back")
    parser.add_argument("--wrap", action="store_true", help="counters begin again early")
    parser.add_argument("--dress", action="store_true",
                        help="contributing sources, header extensions, padding")
    parser.add_argument("--new-source-every", type=int, default=0, help="packets")
    parser.add_argument("--srtp", choices=sorted(libsrtp.SUITES), help="suite that protects sound")
    parser.add_argument("--plain-profile", action="store_true", help="keys under RTP/AVP")
    parser.add_argument("--mki", type=int, default=0, help="octets of a key identifier")
    parser.add_argument("--rekey", choices=["keep", "zero"],
                        help="new keys by re-INVITE; the rollover counter goes on, or begins again")
    parser.add_argument("--rekey-after", type=float, default=1, help="seconds of sound")
    parser.add_argument("--burn", type=int, default=0,
                        help="so many protected packets of m-line 0 are lost in a row")
    parser.add_argument("--forge", action="store_true", help="a changed copy of each packet")
    parser.add_argument("--kill", type=int, help="process to kill -9")
    parser.add_argument("--kill-after", type=float, default=3, help="seconds of sound")
    parser.add_argument("--record", help="where to write what was sent")
    options = parser.parse_args(arguments)
    options.address, port = options.to.rsplit(":", 1)
    options.port, options.host = int(port), options.to
    options.dtx = tuple(float(part) for part in options.dtx.split(","))
    return options


def main(arguments):
    options = options_from(arguments)
    run = Run(options)
    run.start()
    summary = run.summary()
    print(json.dumps(summary), flush=True)
    wanted = {"killed"} if options.kill else {"src"}
    good = summary["answered"] == options.calls and set(summary["endedBy"]) <= wanted
    return 0 if good and not summary["oddities"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
