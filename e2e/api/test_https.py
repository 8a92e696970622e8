"""HTTPS with a certificate made on the spot, beside plain HTTP."""

import pathlib
import socket
import ssl
import subprocess
import tempfile
import unittest
import warnings

from recorder import RECORDINGS, Case, System, trusting


def certificate(folder, name="localhost"):
    """A self-signed certificate for 127.0.0.1 and its key, both PEM."""
    cert, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext",
         "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", key, "-out", cert],
        check=True, capture_output=True)
    return cert, key


class Https(Case):
    """A recorder with both listeners."""

    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.cert, cls.key = certificate(folder)
        cls.system = cls.enterClassContext(System(
            http__https_listen='"127.0.0.1:0"', http__tls_certificate=f'"{cls.cert}"',
            http__tls_key=f'"{cls.key}"'))
        cls.system.add_user("boss", "complete")
        cls.server = cls.enterClassContext(cls.system.start())

    def test_the_ready_line_names_it_and_it_answers(self):
        self.assertIn("https", self.server.ready)
        self.assertNotEqual(self.server.ready["https"], self.server.ready["http"])
        tls = trusting(self.cert)
        answer = self.server.get(RECORDINGS, "boss", tls=tls)
        self.assertEqual(self.expect(200, answer).json["totalCount"], 0)
        self.expect(401, self.server.get(RECORDINGS, tls=tls))
        self.expect(200, self.server.get("/healthz", tls=tls))
        # Plain HTTP stays what it was: nothing redirects, a redirect would lose the sign-in.
        self.expect(200, self.server.get(RECORDINGS, "boss"))

    def test_tls_is_modern(self):
        for version, spoken in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"),
                                (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
            tls = trusting(self.cert)
            tls.minimum_version = tls.maximum_version = version
            with self.session(tls) as session:
                self.assertEqual(session.version(), spoken)
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.load_verify_locations(str(self.cert))
        old.set_ciphers("DEFAULT:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python itself warns of old versions.
            old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        with self.assertRaises(OSError):
            self.session(old).close()

    def session(self, tls):
        """A TLS session with the server."""
        wire = socket.create_connection(self.server.ready["https"], timeout=20)
        try:
            return tls.wrap_socket(wire, server_hostname="127.0.0.1")
        except BaseException:
            wire.close()
            raise

    def test_strangers_do_not_stop_it(self):
        """Plain HTTP to the TLS port, rubbish, and handshakes that never end."""
        silent = []
        for number in range(40):
            wire = socket.create_connection(self.server.ready["https"], timeout=20)
            if number % 4 == 0:
                wire.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            elif number % 4 == 1:
                wire.sendall(b"\x16\x03\x01\x40\x00" + bytes(100))
            elif number % 4 == 2:
                wire.sendall(b"\xff" * 500)
            silent.append(wire)
        self.expect(200, self.server.get("/healthz", tls=trusting(self.cert)))
        for wire in silent:
            wire.close()
        self.assertTrue(self.server.alive())

    def test_wrong_files_are_named(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            _, other_key = certificate(folder, "other")
            rubbish = folder / "rubbish.pem"
            rubbish.write_text("no certificate")
            for cert, key, named in (
                (folder / "none.pem", self.key, "http.tls_certificate"),
                (rubbish, self.key, "http.tls_certificate"),
                (self.cert, folder / "none.key", "http.tls_key"),
                (self.cert, rubbish, "http.tls_key"),
                (self.cert, other_key, "http.tls_key"),
            ):
                with self.subTest(named, cert=cert.name, key=key.name), System(
                        http__https_listen='"127.0.0.1:0"', http__tls_certificate=f'"{cert}"',
                        http__tls_key=f'"{key}"') as system:
                    done = system.run("serve", limit_s=20)
                    self.assertEqual((done.returncode, done.stdout), (2, ""), done)
                    self.assertIn(named, done.stderr)
                    found = [line for line in system.run("doctor").stdout.splitlines()
                             if line.startswith("FAULT") and named in line]
                    self.assertTrue(found, "doctor says nothing of it")

    def test_https_alone_is_enough(self):
        with System(http__listen='""', http__https_listen='"127.0.0.1:0"',
                    http__tls_certificate=f'"{self.cert}"',
                    http__tls_key=f'"{self.key}"') as system:
            system.add_user("boss", "complete")
            with system.start() as server:
                self.assertNotIn("http", server.ready)
                tls = trusting(self.cert)
                self.expect(200, server.get(RECORDINGS, "boss", tls=tls))
                self.assertEqual(server.terminate(), 0)


if __name__ == "__main__":
    unittest.main()
