"""Mail, sent to a real mail server on the loopback."""

from __future__ import annotations

import socket
import subprocess
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.errors import BadRequestError, MailError
from matchmaker.mail import Attachment, SmtpMailer, mailer_of
from matchmaker.settings import Settings
from tests.post import Post

FROM, TO = "post@cities.example", "officer@cities.example"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a certificate for the loopback, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    files = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-out", files[0], "-keyout", files[1]],
        check=True, capture_output=True,
    )  # fmt: skip
    return files


def settings(post: Post, who: str = "", scheme: str = "smtp") -> Settings:
    url = f"{scheme}://{who}{post.host}:{post.port}"
    return Settings(smtp_url=url, mail_from=FROM)


def send(settings: Settings, to: str = TO, subject: str = "Hello", text: str = "Words") -> None:
    mailer = mailer_of(settings)
    assert mailer is not None
    mailer.send(to, subject, text)


def test_a_calendar_file_goes_with_a_message(post: Post) -> None:
    mailer = mailer_of(settings(post))
    assert mailer is not None
    body = "BEGIN:VCALENDAR\r\nSUMMARY:Gespräch\r\nEND:VCALENDAR\r\n".encode()
    mailer.send(TO, "A meeting", "Words", attachment=Attachment("meetings.ics", body))
    text, file = post.messages[0].get_payload()
    assert text.get_payload(decode=True).decode().strip() == "Words"
    assert file.get_content_type() == "text/calendar"
    assert (file.get_filename(), file.get_param("method")) == ("meetings.ics", "PUBLISH")
    assert file.get_payload(decode=True) == body


def test_without_settings_there_is_no_mailer():
    assert mailer_of(Settings()) is None


def test_a_message_arrives_as_it_was_written(post: Post):
    send(settings(post), subject="สวัสดี", text="A link: https://cities.example/x\nสวัสดี\n")
    (message,) = post.messages
    assert post.recipients == [[TO]]
    assert (message["From"], message["To"]) == (FROM, TO)
    assert message["Auto-Submitted"] == "auto-generated"
    text = message.get_payload(decode=True).decode()
    assert text.splitlines() == ["A link: https://cities.example/x", "สวัสดี"]


@pytest.mark.parametrize("header", ["to", "subject"])
@pytest.mark.parametrize("more", ["\r\nBcc: other@cities.example", "\nX: y", "\r", "\0", "\u2028x"])
def test_nothing_breaks_out_of_a_header(post: Post, header: str, more: str):
    values = {"to": TO, "subject": "Hello"}
    values[header] += more
    with pytest.raises(BadRequestError):
        send(settings(post), **values)
    assert post.messages == []


def test_more_headers_arrive_in_one_piece_and_cannot_break_out_of_their_lines(post: Post):
    long = f"<https://cities.example/unsubscribe/{'a' * 150}>"
    mailer = mailer_of(settings(post))
    assert mailer is not None
    mailer.send(TO, "Hello", f"Words {long}", {"List-Unsubscribe": long, "Message-ID": "<1@a>"})
    (message,) = post.messages
    assert (message["List-Unsubscribe"], message["Message-ID"]) == (long, "<1@a>")
    assert message.get_all("Message-ID") == ["<1@a>"]
    with pytest.raises(BadRequestError):
        mailer.send(TO, "Hello", "Words", {"List-Unsubscribe": "a\r\nBcc: b@cities.example"})


@given(st.text(max_size=40))
def test_whatever_is_sent_to_is_one_address(to: str):
    mailer = SmtpMailer("127.0.0.1", 9, FROM)
    try:
        message = mailer._message(to, "Hello", "Words")
    except BadRequestError:
        return
    assert message["To"] == to
    assert len(message["To"].addresses) == 1


def test_several_recipients_at_once_are_refused(post: Post):
    with pytest.raises(BadRequestError):
        send(settings(post), to=f"{TO},other@cities.example")


def test_starttls_is_used_where_it_is_offered(certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with Post(certificate=certificate, user="us:er", password="p@ss word") as post:
        send(settings(post, "us%3Aer:p%40ss%20word@"))
        assert len(post.messages) == 1
        assert post.signed_in == ["us:er"]


def test_tls_from_the_start_works_too(certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with Post(certificate=certificate, tls_from_the_start=True) as post:
        send(settings(post, scheme="smtps"))
        assert len(post.messages) == 1


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate):
    with Post(certificate=certificate) as post:
        with pytest.raises(MailError, match="certificate"):
            send(settings(post))
        assert post.messages == []


def test_a_wrong_password_is_told_without_telling_it(certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with (
        Post(certificate=certificate, user="user", password="right") as post,
        pytest.raises(MailError, match="user name or the password") as told,
    ):
        send(settings(post, "user:quite-wrong@"))
    assert "quite-wrong" not in str(told.value)


def test_a_password_does_not_go_to_another_machine_in_the_clear(post: Post):
    # A name that leads to this machine without saying so.
    mailer = SmtpMailer("127.1", post.port, FROM, "user", "secret-password")
    with pytest.raises(MailError, match="in the clear"):
        mailer.send(TO, "Hello", "Words")
    assert post.signed_in == []


@pytest.mark.parametrize("answer", ["550 no such mailbox", "451 later", "552 too large"])
def test_a_refusal_is_an_error(answer: str):
    with Post(answer=answer) as post, pytest.raises(MailError, match=answer[:3]):
        send(settings(post))


def test_nobody_listening_is_an_error():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(MailError, match="cannot be reached"):
        SmtpMailer("127.0.0.1", port, FROM).send(TO, "Hello", "Words")


def test_a_server_that_stalls_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as stalling:
        mailer = SmtpMailer("127.0.0.1", stalling.getsockname()[1], FROM, timeout=0.3)
        with pytest.raises(MailError, match="in time"):
            mailer.send(TO, "Hello", "Words")


@pytest.mark.parametrize("words", [b"hello\r\n", b"220 ok\r\n", b"\xff\xfe\r\n", b""])
def test_a_server_that_speaks_something_else_is_an_error(words: bytes):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(words)

        thread = threading.Thread(target=answer)
        thread.start()
        mailer = SmtpMailer("127.0.0.1", server.getsockname()[1], FROM, timeout=2)
        with pytest.raises(MailError):
            mailer.send(TO, "Hello", "Words")
        thread.join()
