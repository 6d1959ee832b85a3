import base64
import json
from pathlib import Path

import pytest

from relay.orchestrator.signature import claimed_digest, sign, verifying_secret

VECTORS = json.loads(Path(__file__).with_name("signature_vectors.json").read_text())["vectors"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_sign_agrees_with_openssl(vector):
    signature = sign(base64.b64decode(vector["body_base64"]), vector["secret"].encode())

    assert signature == vector["signature"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
@pytest.mark.parametrize("form", ["{base64}", "sha256={base64}", "sha256={hex}", "sha256={HEX}"])
def test_every_documented_form_verifies(vector, form):
    digest = base64.b64decode(vector["signature"])
    header = form.format(base64=vector["signature"], hex=digest.hex(), HEX=digest.hex().upper())

    version = _verify(header, base64.b64decode(vector["body_base64"]), ("v1", vector["secret"]))

    assert version == "v1"


def test_every_stage_verifies_and_names_its_version():
    body = b"{}"

    versions = [_verify(sign(body, secret), body, ("new", "a"), ("old", "b")) for secret in (b"a", b"b", b"c")]

    assert versions == ["new", "old", None]


BODY = b'{"Type": "job.faulted", "EventId": "1"}'
SECRET = "the right secret"
RIGHT = sign(BODY, SECRET.encode())
ATTACKS = {
    "missing": None,
    "empty": "",
    "spaces": " ",
    "wrong": sign(BODY, b"another secret"),
    "truncated": RIGHT[:-4],
    "without padding": RIGHT.rstrip("="),
    "doubled in one value": RIGHT + RIGHT,
    "doubled header, joined by the edge": f"{RIGHT},{RIGHT}",
    "non-ASCII": "é" + RIGHT[1:],
    "literal secret": SECRET,
    "literal secret in Base64": base64.b64encode(SECRET.encode()).decode(),
    "signature of a re-serialised body": sign(json.dumps(json.loads(BODY), indent=1).encode(), SECRET.encode()),
    "signature of another byte": sign(BODY.replace(b"1", b"2"), SECRET.encode()),
    "signed with the empty secret": sign(BODY, b""),
    "bare hexadecimal": base64.b64decode(RIGHT).hex(),
    "prefix only": "sha256=",
    "prefix twice": f"sha256=sha256={RIGHT}",
    "prefix in capitals": f"SHA256={RIGHT}",
    "sha1": f"sha1={RIGHT}",
    "sha512": f"sha512={RIGHT}",
    "md5": f"md5={RIGHT}",
    "none": "none",
    "URL-safe Base64": RIGHT.translate(str.maketrans("+/", "-_")) if set("+/") & set(RIGHT) else "-" * 43 + "=",
    "line break inside": f"{RIGHT[:20]}\n{RIGHT[20:]}",
    "trailing bits set": RIGHT[:-2] + chr(ord(RIGHT[-2]) + 1) + "=",
    "NUL": RIGHT + "\0",
    "a million characters": "A" * 1_000_000,
}


@pytest.mark.parametrize("header", ATTACKS.values(), ids=ATTACKS.keys())
def test_no_attack_verifies(header):
    assert _verify(header, BODY, ("v1", SECRET), ("v0", "")) is None


def test_a_changed_byte_never_verifies():
    for place in range(len(BODY)):
        changed = BODY[:place] + bytes([BODY[place] ^ 1]) + BODY[place + 1 :]

        assert _verify(RIGHT, changed, ("v1", SECRET)) is None


def test_another_sources_secret_never_verifies():
    assert _verify(RIGHT, BODY, ("v1", "the secret of source two")) is None


def test_no_secret_never_verifies():
    assert _verify(sign(BODY, b""), BODY) is None


def _verify(header, body, *secrets):
    digest = claimed_digest(header)
    return digest and verifying_secret(digest, body, [(version, secret.encode()) for version, secret in secrets])
