"""TLS: the server's certificate is checked, and the password goes to nobody else."""

import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from runtime.clickhousestore import ClickhouseStore
from runtime.clickhouseurl import parse
from schemas.errors import StoreUnavailable
from tests.clickhouse.running import Gateway, a_gateway

LOOPBACK = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))


def a_certificate(folder: Path, name: str, host: x509.GeneralName) -> tuple[str, str]:
    """Return the files of a self-signed certificate for a host, and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([host]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    files = folder / f"{name}.pem", folder / f"{name}-key.pem"
    files[0].write_bytes(certificate.public_bytes(pem))
    files[1].write_bytes(key.private_bytes(pem, *plain))
    return str(files[0]), str(files[1])


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A server with a certificate for the loopback."""
    folder = tmp_path_factory.mktemp("secure")
    one = a_gateway(folder, *a_certificate(folder, "server", LOOPBACK))
    yield one
    one.kill()


def test_a_server_that_is_trusted(secure: Gateway) -> None:
    """Its certificate is the one that the setting names."""
    store = ClickhouseStore(parse(f"{secure.url}?secure=1&ca={secure.certificate[0]}"))
    assert store.query("SELECT 1 AS one").to_pylist() == [{"one": 1}]
    store.close()


def test_a_server_that_nobody_vouches_for(secure: Gateway, tmp_path: Path) -> None:
    """Neither the system's certificates nor another one."""
    other, _ = a_certificate(tmp_path, "other", LOOPBACK)
    for options in ("secure=1", f"secure=1&ca={other}"):
        with pytest.raises(StoreUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
            ClickhouseStore(parse(f"{secure.url}?{options}"))


def test_a_server_of_another_name(tmp_path: Path) -> None:
    """The certificate is trusted and says another host."""
    certificate = a_certificate(tmp_path, "server", x509.DNSName("elsewhere.example"))
    one = a_gateway(tmp_path, *certificate)
    try:
        with pytest.raises(StoreUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
            ClickhouseStore(parse(f"{one.url}?secure=1&ca={certificate[0]}"))
    finally:
        one.kill()


def test_one_side_only(secure: Gateway, gateway: Gateway) -> None:
    """TLS to a server without it, and none to a server that has it."""
    for url in (secure.url, f"{gateway.url}?secure=1"):
        with pytest.raises(StoreUnavailable):
            ClickhouseStore(parse(url))
