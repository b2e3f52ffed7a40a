"""How mails leave: through a server that may be rude, or into a folder."""

from email.message import EmailMessage

import pytest

from app.mail.errors import MaybeSent, NotEver, NotNow, Unreachable
from app.mail.transport import Folder, Message, Server, transport_for
from tests.app.post_office import LISTED, PostOffice, free_port, silence


def a_message(*recipients, text="Dag."):
    mail = EmailMessage()
    mail["From"], mail["To"] = "wij@example.org", ", ".join(recipients or ("ada@example.org",))
    mail["Message-ID"] = "<mail-paper.7.20260306@example.org>"
    mail.set_content(text)
    return Message(mail, "wij@example.org", recipients or ("ada@example.org",))


@pytest.fixture
def office():
    office = PostOffice()
    office.open()
    yield office
    office.close()


@pytest.fixture
def server(office):
    server = Server(LISTED, office.port, starttls=False, timeout=5)
    yield server
    server.close()


def test_several_mails_go_over_one_line(office, server):
    server.connect()
    line = server._line
    for _ in range(3):
        server.send(a_message())

    assert server._line is line
    assert len(office.messages) == 3


def test_a_server_that_tired_of_us_is_called_again(office, server):
    server.send(a_message())
    server._line.sock.shutdown(2)

    server.send(a_message())

    assert len(office.messages) == 2


def test_after_a_no_the_next_mail_goes_over_the_same_line(office, server):
    office.knows_not = {"bo@example.org"}

    with pytest.raises(NotEver, match="550 Nobody here"):
        server.send(a_message("bo@example.org"))
    server.send(a_message("ada@example.org"))

    assert len(office.messages) == 1


def test_a_mail_for_two_goes_to_the_one_who_is_known(office, server):
    office.knows_not = {"bo@example.org"}

    server.send(a_message("ada@example.org", "bo@example.org"))

    assert len(office.messages) == 1


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("421 Closing", Unreachable),
        ("450 Later", NotNow),
        ("452 Mailbox full", NotNow),
        ("550 Nobody here", NotEver),
        ("554 No", NotEver),
    ],
)
def test_a_no_is_understood(office, server, step, answer, outcome):
    office.say[step] = answer

    with pytest.raises(outcome, match=answer):
        server.send(a_message())


def test_a_line_that_breaks_after_the_mail_was_handed_over_leaves_it_in_doubt(office, server):
    office.hangs_up = True

    with pytest.raises(MaybeSent):
        server.send(a_message())


def test_a_server_that_falls_silent_after_the_mail_leaves_it_in_doubt(office):
    server = Server(LISTED, office.port, starttls=False, timeout=0.5)
    office.pause = 1.5

    with pytest.raises(MaybeSent):
        server.send(a_message())


def test_a_server_that_never_speaks_is_not_waited_for():
    with silence() as port, pytest.raises(Unreachable, match=r"timed out|in time"):
        Server(LISTED, port, timeout=0.2).connect()


def test_nobody_at_home_is_unreachable():
    with pytest.raises(Unreachable):
        Server(LISTED, free_port(), timeout=1).connect()


def test_nothing_goes_in_the_clear_when_encryption_was_asked_for(office):
    with pytest.raises(Unreachable, match="STARTTLS"):
        Server(LISTED, office.port, starttls=True, timeout=5).send(a_message())

    assert office.messages == []


def test_a_line_that_begins_with_a_dot_arrives_whole(office, server):
    server.send(a_message(text=".\r\n..twee\r\nklaar"))

    assert office.messages[0].get_content().split() == [".", "..twee", "klaar"]


def test_a_mail_that_is_repeated_is_one_file_and_counted_twice(tmp_path):
    folder = Folder(tmp_path / "mail")
    folder.connect()

    folder.send(a_message())
    folder.send(a_message())

    assert [path.name for path in (tmp_path / "mail").glob("*.eml")] == [
        "mail-paper.7.20260306.eml"
    ]
    log = (tmp_path / "mail" / "sent.log").read_text().splitlines()
    assert log == 2 * ["<mail-paper.7.20260306@example.org> ada@example.org"]


def test_a_folder_that_cannot_be_made_is_unreachable(tmp_path):
    (tmp_path / "mail").write_text("in the way")

    with pytest.raises(Unreachable):
        Folder(tmp_path / "mail" / "box").connect()


def test_a_mail_that_cannot_be_written_leaves_nothing_behind(tmp_path):
    folder = Folder(tmp_path)
    (tmp_path / "mail-paper.7.20260306.eml").mkdir()

    with pytest.raises(NotNow):
        folder.send(a_message())

    assert [path.name for path in tmp_path.iterdir()] == ["mail-paper.7.20260306.eml"]


def test_without_a_server_mails_go_to_the_folder(app, tmp_path):
    assert isinstance(transport_for(app.config), Folder)
    assert isinstance(transport_for(app.config | {"SMTP_HOST": "mail.example"}), Server)


def test_a_server_name_that_is_none_is_a_server_that_cannot_be_reached():
    with pytest.raises(Unreachable):
        Server("mail..example", 25, timeout=5).connect()
