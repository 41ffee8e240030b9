# SPDX-License-Identifier: Apache-2.0
"""acs.tls of a scenario: what lint and run say of its files, and a run through Apache that requires certificates."""
import os
import signal
import socket
import subprocess
import time

import support
from support import Acs, Scratch, call

FLEET = """
fleet:
  - { group: desks, profile: gxp2170, count: 4, start: known, own_timers: false }
phases:
  - { name: first, do: periodic, arrivals: { once: { rate: 20/s } }, for: 2s }
  - { name: again, do: periodic, arrivals: { once: { rate: 20/s } }, for: 2s }
"""
CONFIG = """
ServerRoot {dir}
DefaultRuntimeDir {dir}
ServerName localhost
PidFile {dir}/pid
ErrorLog {dir}/error.log
LogFormat "%{{SSL_CLIENT_S_DN}}x %{{SSL_SESSION_RESUMED}}x" who
CustomLog {dir}/access.log who
Listen 127.0.0.1:{port}
SSLEngine on
SSLCertificateFile {dir}/server.pem
SSLCertificateKeyFile {dir}/server.key
SSLCACertificateFile {dir}/ca.pem
SSLVerifyClient require
ProxyPass / {backend}
"""
MODULES = ["mpm_event", "authz_core", "proxy", "proxy_http", "ssl"]


class Tls(Scratch):
    def setUp(self):
        super().setUp()
        self.openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=ca -keyout ca.key "
                     "-out ca.pem")
        self.openssl("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=server -keyout server.key "
                     "-out server.csr")
        (self.directory / "san").write_text("subjectAltName=IP:127.0.0.1\n")
        self.openssl("x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile san "
                     "-out server.pem")

    def openssl(self, arguments):
        subprocess.run(["openssl", *arguments.split()], cwd=self.directory, check=True, capture_output=True)

    def apache(self, backend):
        for _ in range(5):  # somebody else may be faster to take the port
            port = support.free_port()
            config = "".join(f"LoadModule {m}_module /usr/lib/apache2/modules/mod_{m}.so\n" for m in MODULES)
            config += CONFIG.format(dir=self.directory, port=port, backend=backend)
            if os.geteuid() == 0:
                config += "User www-data\nGroup www-data\n"
            (self.directory / "apache.conf").write_text(config)
            process = subprocess.Popen(["/usr/sbin/apache2", "-X", "-f", self.directory / "apache.conf"],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)
            until = time.monotonic() + 20
            while process.poll() is None and time.monotonic() < until:
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    return process, f"https://127.0.0.1:{port}/"
                except OSError:
                    time.sleep(0.05)
            process.kill()
        self.fail("Apache (apache2-bin) does not start: " + (self.directory / "error.log").read_text())

    def test_each_device_shows_its_certificate_and_resumes_its_own_session(self):
        path = self.scenario("acs: { tls: { ca: ca.pem, client_ca: ca.pem, client_ca_key: ca.key, resume: 1k } }\n" + FLEET)
        # The built-in ACS wants a connection for each session, and Apache shares its own among all.
        with Acs() as acs:
            apache, url = self.apache(acs.url)
            got = call("run", path, "--acs", url, "--threads", "2", "--json", self.directory / "results.json")
            apache.send_signal(signal.SIGTERM)  # writes its log out
            apache.wait(20)
        self.check_code(got, 0)
        self.results().check_sums(self)
        self.assertEqual(self.results().total("sessions_failed"), 0, str(got))
        by_device = {}
        for line in (self.directory / "access.log").read_text().splitlines():
            subject, resumed = line.rsplit(" ", 1)
            by_device.setdefault(subject, []).append(resumed)
        self.assertEqual(len(by_device), 4, by_device)
        for subject, resumed in by_device.items():
            self.assertRegex(subject, r"^CN=[0-9a-f]{12},O=Grandstream$")
            # Two exchanges a session; on a busy machine a second start may come too late.
            self.assertRegex(" ".join(resumed), r"^Initial Initial( Resumed Resumed)?$", subject)
        self.assertIn("Resumed", sum(by_device.values(), []))

    def test_files_that_are_wrong_stop_a_run_and_are_found_by_lint(self):
        self.openssl("ecparam -name prime256v1 -genkey -noout -out other.key")
        (self.directory / "empty.pem").write_text("")
        (self.directory / "a.pem").write_bytes((self.directory / "server.pem").read_bytes())
        for tls, column, words in [
                ("client_cert: a.pem, client_key: other.key", 28, "other.key does not fit the certificate in"),
                ("client_cert: none.pem", 28, "none.pem cannot be read"),
                ("client_ca: server.pem, client_ca_key: server.key", 26, "server.pem is not an authority's"),
                ("client_ca: ca.pem", 26, "there is no private key in PEM form in"),
        ]:
            path = self.scenario("acs: { tls: { " + tls + " } }\n" + FLEET)
            for command in ("lint", "run"):
                with self.subTest(tls, command=command):
                    got = call(command, path)
                    self.check_code(got, 104)
                    self.assertIn(f"{path}:4:{column}: ", got.err)
                    self.assertIn(words, got.err)
                    self.assertNotIn("BEGIN", got.err)
        path = self.scenario("acs: { tls: { ca: empty.pem } }\n" + FLEET)
        got = call("run", path)
        self.check_code(got, 104)
        self.assertIn("there is no certificate in PEM form in", got.err)


support.main()
