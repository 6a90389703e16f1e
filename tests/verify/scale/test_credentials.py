from __future__ import annotations

import pytest

from shadow.errors import StoreError
from verify.scale.credentials import url_here, without_secrets


@pytest.mark.parametrize(
    ("url", "stripped"),
    [
        ("postgresql://u:p%40ss@db:5432/shop?sslmode=require", "postgresql://u@db:5432/shop?sslmode=require"),
        ("postgresql://u@db/shop?password=p&sslpassword=q&a=1", "postgresql://u@db/shop?a=1"),
        ("postgresql://:p@one:1,two:2/shop", "postgresql://@one:1,two:2/shop"),
        ("mongodb://u:p@a:1,b:2/shop?replicaSet=r&authMechanismProperties=AWS_SESSION_TOKEN:x",
         "mongodb://u@a:1,b:2/shop?replicaSet=r"),
        ("mongodb+srv://u:p@c/shop?tlsCertificateKeyFilePassword=x", "mongodb+srv://u@c/shop"),
    ],
)  # fmt: skip
def test_a_password_is_taken_out(url: str, stripped: str) -> None:
    assert without_secrets(url) == (stripped, True)
    assert without_secrets(stripped) == (stripped, False)


@pytest.mark.parametrize(
    "url",
    ["postgresql://u@db:5432/shop?sslmode=require", "mongodb://db/shop", "sqlite:////srv/a:b@c.db", "parquet:/x?"],
)
def test_other_urls_stay_as_they_are(url: str) -> None:
    assert without_secrets(url) == (url, False)


def test_a_worker_may_have_the_whole_url(monkeypatch: pytest.MonkeyPatch) -> None:
    assert url_here("old", "postgresql://u@db/shop", is_stripped=True) == "postgresql://u@db/shop"
    monkeypatch.setenv("SHADOW_VERIFY_OLD", "postgresql://other:secret@db/shop")
    assert url_here("old", "postgresql://u@db/shop", is_stripped=True) == "postgresql://other:secret@db/shop"
    assert url_here("new", "postgresql://u@db/shop", is_stripped=True) == "postgresql://u@db/shop"
    with pytest.raises(StoreError, match="SHADOW_VERIFY_OLD of a worker names another store") as caught:
        url_here("old", "postgresql://u@db2/shop", is_stripped=True)
    assert "secret" not in str(caught.value)


def test_mongo_has_no_password_file(monkeypatch: pytest.MonkeyPatch) -> None:
    assert url_here("new", "mongodb://db/shop", is_stripped=False)
    with pytest.raises(StoreError, match="Set SHADOW_VERIFY_NEW"):
        url_here("new", "mongodb://u@db/shop", is_stripped=True)
