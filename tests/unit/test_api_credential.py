import pytest

from relay.orchestrator.api import ClientCredentials, NoCredential, PersonalToken, credential_of
from relay.orchestrator.api.token import token_url_of

NAME = "relay/sources/main/api"


def test_an_application_s_credential_is_read():
    text = (
        '{"client_id": "app", "client_secret": "hush", "scope": "OR.Webhooks.Read", "token_url": "https://i.example/t"}'
    )

    assert credential_of(text, NAME) == ClientCredentials("app", "hush", "OR.Webhooks.Read", "https://i.example/t")
    assert credential_of('{"client_id": "app", "client_secret": " hush\\n"}', NAME) == ClientCredentials("app", "hush")


def test_a_personal_token_is_read():
    assert credential_of('{"token": "rt_1"}', NAME) == PersonalToken("rt_1")


@pytest.mark.parametrize("text", [None, "", " \n"])
def test_an_empty_secret_says_what_to_put_there(text):
    with pytest.raises(NoCredential) as error:
        credential_of(text, NAME)

    assert str(error.value).startswith(
        f'the secret {NAME} is empty: put {{"client_id": "...", "client_secret": "..."}}'
    )


@pytest.mark.parametrize(
    "text",
    [
        "hush",
        '["hush"]',
        '{"client_id": "hush"}',
        '{"client_id": "app", "client_secret": ""}',
        '{"client_id": "app", "client_secret": "hush", "tenant": "hush"}',
        '{"client_id": "app", "client_secret": "hush", "token": "hush"}',
        '{"token": "hush\\r\\nX: y"}',
        '{"token": "hüsh"}',
        '{"token": 7}',
        "[" * 100_000,
    ],
)
def test_a_malformed_secret_is_named_but_not_told(text):
    with pytest.raises(NoCredential) as error:
        credential_of(text, NAME)

    assert f"the secret {NAME} has not the form" in str(error.value)
    assert "hush" not in str(error.value)


def test_credentials_show_nothing_of_themselves():
    assert repr(PersonalToken("hush")) == "PersonalToken()"
    assert "hush" not in repr(ClientCredentials("hush", "hush", token_url="https://hush.example"))


@pytest.mark.parametrize(
    ("base_url", "flavour", "token_url"),
    [
        ("https://cloud.uipath.com/a/b/orchestrator_", "cloud", "https://cloud.uipath.com/identity_/connect/token"),
        (
            "https://govcloud.uipath.us/a/b/orchestrator_",
            "public-sector",
            "https://govcloud.uipath.us/identity_/connect/token",
        ),
        ("https://s.example/a/b/orchestrator_", "automation-suite", "https://s.example/identity_/connect/token"),
        ("https://o.example:8443", "standalone", "https://o.example:8443/identity/connect/token"),
    ],
)
def test_each_flavour_gives_tokens_at_its_own_address(base_url, flavour, token_url):
    assert token_url_of(base_url, flavour) == token_url
