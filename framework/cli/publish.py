"""`sortline publish`: new definitions for a run on a cluster that was started with --watch."""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from pathlib import Path

from framework.cli.errors import UserError
from framework.cli.planning import plan_of
from runners.emr import account
from runners.emr.bundle import pack_definitions
from runners.emr.job import Upload
from runners.emr.problems import EmrError, WrongUse
from runners.emr.published import key
from runners.emr.send import send
from runners.emr.target import check_bucket


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the verb."""
    parser = verbs.add_parser("publish", help="give new definitions to a run on EMR that watches for them")
    parser.add_argument("dir", help="folder of definitions")
    parser.add_argument("--bucket", required=True, help="that the run was submitted with")
    parser.add_argument("--prefix", default="sortline", help="likewise (default: %(default)s)")
    parser.add_argument("--region", help="default: as AWS's own tools find it")
    parser.add_argument("--dry-run", action="store_true", help="print what would be sent; ask AWS nothing")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Put the definitions where the run looks for them, but never ones with errors."""
    plan, _ = plan_of(arguments.dir)
    try:
        bucket, prefix = account.place(arguments.bucket, arguments.prefix)
        region = account.region(arguments.region)
        with tempfile.TemporaryDirectory() as folder:
            archive = Path(folder, "definitions.tar.gz")
            pack_definitions(Path(arguments.dir), archive)
            data = archive.read_bytes()
            digest = hashlib.sha256(data).hexdigest()
            upload = Upload(archive, bucket, key(prefix, plan.name), len(data), digest)
            if arguments.dry_run:
                print(json.dumps({"uploads": [upload.as_json()], "calls": []}, indent=2))
                return 0
            client = account.clients(region)
            check_bucket(client("s3"), bucket)
            sent = send([upload], [], client)
    except EmrError as error:
        raise UserError(str(error), code=2 if isinstance(error, WrongUse) else 1) from None
    if arguments.format == "json":
        said = {"definitions": plan.digest, "uploaded": sent.uploaded, "unchanged": sent.unchanged}
        print(json.dumps(said))
    elif sent.uploaded:
        print(f"definitions {plan.digest} published: they count from one of the next ticks on ({upload.url})")
    else:
        print(f"definitions {plan.digest} were published before ({upload.url})")
    return 0
