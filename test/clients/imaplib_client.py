"""Drives Python's imaplib against the server named by argv: port, user, password, message file."""
import imaplib
import sys
import time

port, user, password, path = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
message = open(path, "rb").read()


def ok(answer):
    kind, data = answer
    assert kind == "OK", answer
    return data


imap = imaplib.IMAP4("127.0.0.1", port, timeout=20)
assert "IMAP4REV1" in imap.capabilities
ok(imap.login(user, password))
ok(imap.create("Projects/Restante"))
ok(imap.subscribe("Projects/Restante"))
assert any(b"Projects/Restante" in line for line in ok(imap.list()))
assert any(b"Projects/Restante" in line for line in ok(imap.lsub()))
when = imaplib.Time2Internaldate(time.time())
for number in range(5):
    ok(imap.append("Projects/Restante", r"(\Flagged keyword%d)" % number, when, message))
ok(imap.select("Projects/Restante"))
assert ok(imap.search(None, "FLAGGED")) == [b"1 2 3 4 5"]
assert ok(imap.search("UTF-8", "SUBJECT", '"number"')) == [b"1 2 3 4 5"]
assert ok(imap.fetch("3", "(RFC822)"))[0][1] == message
assert ok(imap.fetch("3", "(BODY.PEEK[]<10.20>)"))[0][1] == message[10:30]
assert b"\\Seen" in ok(imap.fetch("3", "(FLAGS)"))[0]
ok(imap.store("1:2", "+FLAGS", r"(\Deleted)"))
assert ok(imap.expunge()) == [b"2", b"1"]
ok(imap.uid("COPY", "3:4", "Archive"))
ok(imap.uid("MOVE", "5", "Trash"))
assert b"MESSAGES 2" in ok(imap.status("Archive", "(MESSAGES UNSEEN UIDNEXT)"))[0]
assert b"MESSAGES 1" in ok(imap.status("Trash", "(MESSAGES)"))[0]
ok(imap.rename("Projects/Restante", "Projects/Done"))
ok(imap.close())
ok(imap.delete("Projects/Done"))
ok(imap.noop())
assert imap.logout()[0] == "BYE"
print("imaplib is content")
