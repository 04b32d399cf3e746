"""Webhooks go to public addresses only, and no receiver can hold or mislead the sender."""

from __future__ import annotations

import re
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from matchmaker.errors import BadRequestError
from matchmaker.usecases.feeding import addresses
from matchmaker.usecases.feeding.addresses import NotPublicError, is_public, resolve, target_of
from matchmaker.usecases.feeding.sending import Limits, Sent, key_of, new_secret, send, sign
from tests.web.feeding import receiver
from tests.web.feeding.receiver import Receiver, answer, is_signed

SECRET = new_secret()
QUICK = Limits(connect=1, total=1.5)


def post(url: str, body: bytes = b"{}") -> Sent:
    return send(url, SECRET, "message-1", body, loopback=True, limits=QUICK)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255",
        "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.192",
        "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.1.1.1",
        "240.0.0.1", "255.255.255.255", "168.63.129.16", "::", "::1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::7f00:1", "fe80::1", "fe80::1%eth0", "fec0::1",
        "fc00::1", "fd00:ec2::254", "ff02::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001::1", "2001:db8::1", "100::1",
        "5f00::1", "4000::1", "no address", "",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public_are_told(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "2002:808:808::1",
     "64:ff9b::808:808", "::ffff:8.8.8.8"],
)  # fmt: skip
def test_public_addresses_are_told(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost/", "http://2130706433/", "http://0x7f.1/",
        "http://0177.0.0.1/", "http://127.1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/",
        "http://0/", "http://169.254.169.254/latest/meta-data/", "http://10.0.0.1:8443/",
        "http://[fd00:ec2::254]/",
    ],
)  # fmt: skip
def test_no_spelling_of_a_private_address_is_connected_to(url: str) -> None:
    with pytest.raises((NotPublicError, OSError)):
        resolve(target_of(url))
    assert not send(url, SECRET, "m", b"{}", limits=QUICK).is_good


def test_development_opens_the_loopback_and_nothing_else() -> None:
    assert resolve(target_of("http://127.0.0.1:8080/"), loopback=True) == "127.0.0.1"
    for url in ("http://10.0.0.1/", "http://169.254.169.254/", "http://[fe80::1]/"):
        with pytest.raises(NotPublicError):
            resolve(target_of(url), loopback=True)


def test_one_private_address_among_public_ones_is_enough_to_refuse(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def both(host: str, port: int, **more: object) -> list[object]:
        return [(2, 1, 6, "", (address, port)) for address in ("8.8.8.8", "10.0.0.1")]

    monkeypatch.setattr(addresses.socket, "getaddrinfo", both)
    with pytest.raises(NotPublicError):
        resolve(target_of("https://two.example/"))


def test_a_name_that_changes_its_mind_is_not_asked_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection goes to the number that was checked; a second look-up would lead inside."""
    asked, honest = [], socket.getaddrinfo

    def rebinding(host: str, *more: Any, **named: Any) -> Any:
        if host != "rebinding.example":
            return honest(host, *more, **named)
        asked.append(host)
        return honest("127.0.0.1" if len(asked) == 1 else "10.0.0.1", *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with Receiver() as there:
        assert post(f"http://rebinding.example:{there.port}/").is_good
    assert there.messages[0].headers["host"] == f"rebinding.example:{there.port}"
    assert asked == ["rebinding.example"]


@pytest.mark.parametrize(
    "url",
    [
        "", "portal.example", "ftp://portal.example/", "file:///etc/passwd", "gopher://a.example/",
        "https://", "https://user:password@portal.example/", "https://user@portal.example/",
        "https://portal.example/#part", "https://portal.example:22/", "http://portal.example:25/",
        "http://portal.example:99999/", "http://portal.example:0/", "http://[::1", "https://a b/",
        "https://portal.example/\r\nX-Evil: 1", "https://portal.example/\tx", "https://ümlaut.example/",
        "https://portal.example\\@10.0.0.1/", "https://a%2e.example/", "x" * 501,
        "https://portal.example/" + "x" * 500,
    ],
)  # fmt: skip
def test_addresses_that_cannot_be_used_are_refused(url: str) -> None:
    with pytest.raises(BadRequestError):
        target_of(url)


def test_a_message_is_signed_as_the_specification_says() -> None:
    with Receiver() as there:
        assert post(there.url, b'{"a": 1}').is_good
    message = there.messages[0]
    assert message.path == "/hook?a=1"
    assert message.headers["content-type"] == "application/json"
    assert is_signed(message, SECRET)
    assert not is_signed(message, new_secret())


def test_the_published_vector_of_the_specification_gives_its_signature() -> None:
    secret, identifier = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek"
    signature = sign(secret, identifier, 1614265330, b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "x" * 40, "whsec_ä"])
def test_a_secret_that_is_too_short_or_no_secret_is_refused(secret: str) -> None:
    with pytest.raises(BadRequestError):
        key_of(secret)


@pytest.mark.parametrize(
    "behaviour",
    [answer(500), answer(404), answer(302, "Location: http://10.0.0.1/"), answer(304), answer(199),
     receiver.drop, receiver.drop_in_the_middle, receiver.stall, receiver.drip, receiver.babble],
)  # fmt: skip
def test_what_is_no_good_answer_is_a_failure_and_soon_over(behaviour: receiver.Behave) -> None:
    begun = time.monotonic()
    with Receiver([behaviour]) as there:
        sent = post(there.url)
    assert not sent.is_good
    assert time.monotonic() - begun < 6
    assert len(there.messages) == 1  # nothing is sent twice, no redirect followed


def test_a_body_without_an_end_is_not_read() -> None:
    begun = time.monotonic()
    with Receiver([receiver.flood]) as there:
        assert post(there.url).is_good
    assert time.monotonic() - begun < 5


def test_where_nobody_listens_is_a_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    assert post(f"http://127.0.0.1:{port}/").error.startswith("It could not be reached")


def test_a_certificate_that_nobody_vouches_for_is_refused_before_a_word_is_said(
    tmp_path: Path,
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            plain, _ = listener.accept()
            try:
                with context.wrap_socket(plain, server_side=True) as wrapped:
                    heard.append(wrapped.recv(10))
            except OSError:
                pass

        thread = threading.Thread(target=serve)
        thread.start()
        sent = post(f"https://localhost:{listener.getsockname()[1]}/")
        thread.join(10)
    assert not sent.is_good
    assert "TLS" in sent.error
    assert not any(heard)


def test_the_snippet_of_the_documentation_tells_genuine_messages_from_others() -> None:
    text = (Path(__file__).parents[3] / "docs" / "change-feed.md").read_text("utf-8")
    names: dict[str, object] = {}
    exec(re.findall(r"```python\n(.*?)```", text, re.S)[-1], names)
    is_genuine = names["is_genuine"]
    assert callable(is_genuine)
    with Receiver() as there:
        post(there.url, b'{"a": 1}')
    message = there.messages[0]
    assert is_genuine(message.headers, message.body, SECRET)
    assert not is_genuine(message.headers, message.body + b" ", SECRET)
    assert not is_genuine(message.headers, message.body, new_secret())
    old = {**message.headers, "webhook-timestamp": "1614265330"}
    assert not is_genuine(old, message.body, SECRET)
