"""The names under which secrets are known: headers, and members of JSON, forms and queries (squeezed)."""

from __future__ import annotations

SECRET_HEADERS = frozenset(
    (
        "authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "api-key", "apikey",
        "x-auth-token", "x-access-token", "x-csrf-token", "x-xsrf-token", "x-amz-security-token",
        "x-goog-api-key", "x-session-id", "x-session-token", "authentication-info", "x-forwarded-client-cert",
        "x-vault-token", "private-token", "x-gitlab-token", "x-hub-signature", "x-hub-signature-256",
        "sec-websocket-key",
    )
)
SECRET_NAMES = frozenset(
    (
        "password", "passwd", "pwd", "pass", "passphrase", "passcode", "token", "secret", "apikey", "apitoken",
        "accesstoken", "refreshtoken", "idtoken", "authtoken", "bearertoken", "sessiontoken", "sessionid",
        "csrftoken", "xsrftoken", "clientsecret", "secretkey", "accesskey", "privatekey", "authorization",
        "credential", "credentials", "cardnumber", "creditcard", "creditcardnumber", "ccnumber", "pan", "cvv",
        "cvv2", "cvc", "cvc2", "securitycode", "ssn", "socialsecuritynumber", "iban", "accountnumber",
        "bankaccount", "routingnumber", "pin", "otp", "totp", "sig", "signature", "jwt", "cookie", "setcookie",
    )
)
SECRET_SUFFIXES = ("password", "passwd", "token", "secret", "apikey", "privatekey", "secretkey", "cardnumber", "iban")
