"""Secrets come from AWS Secrets Manager when the job starts, so that no step, log or console shows them."""

from __future__ import annotations

import os

from runners.emr.problems import EmrError

# NAME=SECRET_ID, separated by commas.
VARIABLE = "SORTLINE_SECRETS"


def fetch() -> None:
    """Set each environment variable that `SORTLINE_SECRETS` names to its secret. Raises `EmrError`."""
    named = [pair for pair in os.environ.get(VARIABLE, "").split(",") if pair]
    if not named:
        return
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    client = boto3.client("secretsmanager")
    for pair in named:
        name, _, secret = pair.partition("=")
        try:
            os.environ[name] = client.get_secret_value(SecretId=secret)["SecretString"]
        except (BotoCoreError, ClientError, KeyError) as error:
            raise EmrError(
                f"the secret {secret} for {name} can't be read ({error}): let the job's role have "
                "secretsmanager:GetSecretValue on it, and store it as text"
            ) from None
