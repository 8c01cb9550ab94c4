"""The address of a Kafka log is read, or refused with a sentence that does not tell the password."""

from pathlib import Path

import pytest

from runtime.kafkaurl import parse
from schemas.errors import ConfigurationError


def test_brokers_and_topic() -> None:
    """Several brokers, names and numbers, IPv6 in brackets."""
    address = parse("kafka://one.example:9092,10.0.0.2:9093,[::1]:9094/rtc.pulse_1-a")
    assert address.servers == ("one.example:9092", "10.0.0.2:9093", "[::1]:9094")
    assert address.topic == "rtc.pulse_1-a"
    assert address.client() == {"bootstrap_servers": list(address.servers), "security_protocol": "PLAINTEXT"}


def test_sasl_over_tls() -> None:
    """User and password, percent-encoded; they are not shown."""
    address = parse(
        "kafka://h:9092/t?security_protocol=SASL_SSL&sasl_mechanism=SCRAM-SHA-512&username=u&password=p%26%2Fw"
    )
    arguments = address.client()
    assert arguments.pop("ssl_context").check_hostname
    assert arguments == {
        "bootstrap_servers": ["h:9092"],
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "u",
        "sasl_plain_password": "p&/w",
    }
    assert "p&/w" not in repr(address)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("kafka://", "a Kafka log is kafka://HOST"),
        ("kafka://host/topic", "a Kafka log is kafka://HOST"),
        ("kafka://host:0/topic", "a Kafka log is kafka://HOST"),
        ("kafka://host:70000/topic", "a Kafka log is kafka://HOST"),
        ("kafka://host:1,/topic", "a Kafka log is kafka://HOST"),
        ("kafka://user:secret@host:9092/t", "is 'kafka://***@host:9092/t': a Kafka log is"),
        ("kafka://host:9092", "a Kafka log is kafka://HOST"),
        ("kafka://host:9092/", "names the topic ''"),
        ("kafka://host:9092/a/b", "names the topic 'a/b'"),
        ("kafka://host:9092/t?acks=0", "has the option 'acks'"),
        ("kafka://host:9092/t?security_protocol=TLS", "security_protocol is 'TLS'"),
        ("kafka://host:9092/t?sasl_mechanism=GSSAPI", "sasl_mechanism is 'GSSAPI'"),
        ("kafka://host:9092/t?security_protocol=SASL_SSL&username=u", "needs both"),
        ("kafka://host:9092/t?username=u&password=secret", "belong to security_protocol"),
    ],
)
def test_what_is_wrong_is_said(url: str, words: str) -> None:
    """The sentence names the setting."""
    with pytest.raises(ConfigurationError) as refused:
        parse(url)
    assert words in str(refused.value)
    assert "RTCPULSE_LOG_URL" in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_certificate_authority_that_is_not_there(tmp_path: Path) -> None:
    """It is read before anything is connected."""
    address = parse(f"kafka://h:9092/t?security_protocol=SSL&cafile={tmp_path / 'ca.pem'}")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        address.client()
