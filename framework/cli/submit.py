"""`sortline submit emr`: starts a bundle on Amazon EMR."""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from framework.cli import run as run_verb
from framework.cli.arguments import positive
from framework.cli.errors import UserError
from runners.emr import account, cluster, serverless
from runners.emr.bundle import Bundle, opened
from runners.emr.job import Call, Job
from runners.emr.problems import EmrError, WrongUse
from runners.emr.send import Sent, send
from runners.emr.sizes import Process, Sizes, gigabytes
from runners.emr.target import check_application, check_bucket, check_cluster

_RELEASE = "emr-7.12.0"
_TYPES = {"x86_64": "m6i.xlarge", "aarch64": "m7g.xlarge"}
_ARM = re.compile(r"a1\.|[a-z]+\d+g[a-z]*\.")  # m7g.xlarge, c6gd.large
_SECRET = re.compile(r"KEY|PASSWORD|SECRET|TOKEN", re.IGNORECASE)
_EPILOG = "What stands after -- goes to `sortline run`: -- --source kinesis:STREAM --sink elasticsearch:URL"


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the verb."""
    parser = verbs.add_parser("submit", help="start a bundle on a cluster")
    targets = parser.add_subparsers(title="targets", metavar="TARGET", required=True)
    emr = targets.add_parser("emr", help="Amazon EMR, or EMR Serverless", epilog=_EPILOG)
    where = emr.add_mutually_exclusive_group(required=True)
    where.add_argument("--cluster", metavar="j-ID", help="add a step to this cluster")
    where.add_argument("--create", action="store_true", help="make a cluster that ends with the job")
    where.add_argument("--serverless", metavar="APPLICATION", help="start a run of this application")
    emr.add_argument("--bucket", required=True, help="of S3, for the bundle, the checkpoint and the logs")
    emr.add_argument("--prefix", default="sortline", help="of their keys (default: %(default)s)")
    emr.add_argument("--bundle", default="bundle", metavar="FOLDER", help="default: %(default)s")
    emr.add_argument("--region", help="default: as AWS's own tools find it")
    emr.add_argument(
        "--role",
        help="of the job: the role's ARN with --serverless, and with --cluster where steps have roles; the "
        "instance profile with --create (default there: EMR_EC2_DefaultRole)",
    )
    emr.add_argument("--name", help="default: sortline-PIPELINE")
    _add_sizes(emr)
    new = emr.add_argument_group("with --create")
    new.add_argument("--release", default=_RELEASE, metavar="LABEL", help="default: %(default)s")
    new.add_argument("--service-role", default="EMR_DefaultRole_V2", help="default: %(default)s")
    new.add_argument("--instance-type", help="default: m6i.xlarge, or m7g.xlarge for a bundle of aarch64")
    new.add_argument("--nodes", type=positive, default=2, metavar="N", help="core nodes (%(default)s)")
    new.add_argument("--subnet", metavar="subnet-ID")
    new.add_argument("--keep", action="store_true", help="let the cluster stand when the job has ended")
    pair: dict[str, Any] = {"action": "append", "type": _pair, "default": []}
    emr.add_argument("--env", metavar="NAME=VALUE", help="for the driver's environment", **pair)
    emr.add_argument(
        "--secret", metavar="NAME=ID", help="the same, out of Secrets Manager when the job starts", **pair
    )
    emr.add_argument("--conf", metavar="NAME=VALUE", help="another setting of Spark", **pair)
    emr.add_argument("--dry-run", action="store_true", help="print what would be sent; ask AWS nothing")
    emr.add_argument("--format", choices=("text", "json"), default="text")
    emr.add_argument("rest", nargs="*", metavar="-- OPTION", help="options of `sortline run`")
    emr.set_defaults(run=run)


def _add_sizes(emr: argparse.ArgumentParser) -> None:
    sizes = emr.add_argument_group("sizes (docs/how-to/size-a-cluster.md)")
    sizes.add_argument("--executors", type=positive, default=2, metavar="N", help="default: %(default)s")
    for name, memory, python in (("executor", 2, 4), ("driver", 2, 3)):
        sizes.add_argument(f"--{name}-cores", type=positive, default=2, metavar="N", help="%(default)s")
        size: dict[str, Any] = {"type": gigabytes, "metavar": "Ng"}
        sizes.add_argument(f"--{name}-memory", default=memory, help=f"heap of its JVM ({memory}g)", **size)
        sizes.add_argument(
            f"--{name}-python-memory", default=python, help=f"what Python has beside it ({python}g)", **size
        )


def run(arguments: argparse.Namespace) -> int:
    """Send the bundle and start it, or print what would be sent."""
    try:
        job = _job(arguments, opened(Path(arguments.bundle)))
        calls = _calls(arguments, job)
        uploads = [*job.uploads.values(), *job.publishing]
        if arguments.dry_run:
            plan = {"uploads": [one.as_json() for one in uploads], "calls": [one.as_json() for one in calls]}
            print(json.dumps(plan, indent=2))
            return 0
        client = account.clients(job.region)
        _check(arguments, job, client)
        with _bar(sum(one.size for one in uploads)) as on_bytes:
            sent = send(uploads, calls, client, on_bytes)
    except EmrError as error:
        raise UserError(str(error), code=2 if isinstance(error, WrongUse) else 1) from None
    print(json.dumps(_as_json(sent)) if arguments.format == "json" else _summary(sent))
    return 0


def _job(arguments: argparse.Namespace, bundle: Bundle) -> Job:
    bucket, prefix = account.place(arguments.bucket, arguments.prefix)
    name = arguments.name or f"sortline-{bundle.pipeline}"
    if not re.fullmatch(r"[\w./#-]{1,64}", name, re.ASCII):
        raise UserError(f"'{name}' can't be a --name: use letters, digits and . - _ / #")
    given = list(arguments.rest)
    parsed = _parsed(given)
    if not any(word.split("=")[0] == "--checkpoint" for word in given):
        given += ["--checkpoint", f"s3://{bucket}/{prefix}/checkpoint/{bundle.pipeline}"]
    for variable, _ in arguments.env:
        if _SECRET.search(variable):
            _note(f"--env {variable} can be read by all who may see the job: prefer --secret {variable}=ID")
    driver, executor = _process(arguments, "driver"), _process(arguments, "executor")
    return Job(
        bundle=bundle,
        bucket=bucket,
        prefix=prefix,
        name=name,
        region=account.region(arguments.region),
        sizes=Sizes(arguments.executors, driver, executor),
        arguments=tuple(given),
        endless=parsed.until == "stopped",
        watching=parsed.watch,
        environment=dict(arguments.env),
        secrets=dict(arguments.secret),
        conf=dict(arguments.conf),
    )


def _parsed(given: list[str]) -> argparse.Namespace:
    """As the run will understand it. Wrong options are found here, and not on the cluster."""
    parser = argparse.ArgumentParser(prog="sortline")
    run_verb.add(parser.add_subparsers(required=True))
    parsed = parser.parse_args(["run", "definitions", *given])
    if any(word.split("=")[0] in ("--runner", "--master") for word in given):
        raise UserError("--runner and --master are this command's own: leave them out after --")
    if parsed.checkpoint and not parsed.checkpoint.startswith("s3://"):
        raise UserError(
            f"--checkpoint {parsed.checkpoint} would be lost with its node: give s3://BUCKET/PREFIX, or none "
            "for one below --prefix"
        )
    return parsed


def _process(arguments: argparse.Namespace, name: str) -> Process:
    return Process(*(getattr(arguments, f"{name}_{part}") for part in ("cores", "memory", "python_memory")))


def _calls(arguments: argparse.Namespace, job: Job) -> list[Call]:
    if arguments.cluster:
        if not re.fullmatch(r"j-[A-Z0-9]+", arguments.cluster):
            raise UserError(f"'{arguments.cluster}' is no cluster's id: they begin with j-")
        return cluster.add_step(job, arguments.cluster, arguments.role)
    if arguments.serverless:
        if not re.fullmatch(r"arn:[\w-]+:iam::\d{12}:role/\S+", arguments.role or ""):
            raise UserError("--serverless needs the job's role: give --role arn:aws:iam::ACCOUNT:role/NAME")
        return serverless.start(job, arguments.serverless, arguments.role)
    machine = job.bundle.machine
    nodes = arguments.instance_type or _TYPES.get(machine, _TYPES["x86_64"])
    if bool(_ARM.match(nodes)) != (machine == "aarch64"):
        raise EmrError(
            f"{nodes} does not run a bundle of {machine}: give another --instance-type, or package there"
        )
    new = cluster.NewCluster(
        release=arguments.release,
        role=arguments.role or "EMR_EC2_DefaultRole",
        service_role=arguments.service_role,
        instance_type=nodes,
        nodes=arguments.nodes,
        subnet=arguments.subnet,
        keep=arguments.keep,
    )
    return cluster.create(job, new)


def _check(arguments: argparse.Namespace, job: Job, client: Callable[[str], Any]) -> None:
    if arguments.cluster:
        check_cluster(client("emr"), arguments.cluster, _note)
    if arguments.serverless:
        check_application(client("emr-serverless"), arguments.serverless, job.bundle.machine)
    check_bucket(client("s3"), job.bucket)


def _summary(sent: Sent) -> str:
    names = sent.names
    lines = [f"{len(sent.uploaded)} objects uploaded, {len(sent.unchanged)} were there"]
    if "step" in names:
        of = f"--cluster-id {names['cluster']}"
        lines += [f"step {names['step']} added to {names['cluster']}"]
        lines += [f"Next: aws emr describe-step {of} --step-id {names['step']}"]
    elif "cluster" in names:
        lines += [f"cluster {names['cluster']} started"]
        lines += [f"Next: aws emr describe-cluster --cluster-id {names['cluster']}"]
    else:
        of = f"--application-id {names['application']} --job-run-id {names['run']}"
        lines += [f"run {names['run']} started in {names['application']}"]
        lines += [f"Next: aws emr-serverless get-job-run {of}"]
    return "\n".join(lines)


def _as_json(sent: Sent) -> dict[str, Any]:
    return {"uploaded": sent.uploaded, "unchanged": sent.unchanged, **sent.names}


@contextlib.contextmanager
def _bar(total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar while a person watches."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TransferSpeedColumn

    console = Console(stderr=True)
    columns = ("uploading", BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("uploading", total=total)
        yield lambda count: bar.advance(task, count)


def _note(text: str) -> None:
    print(f"note: {text}", file=sys.stderr)


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not re.fullmatch(r"[\w.-]+", name):
        raise argparse.ArgumentTypeError(f"'{text}' is not NAME=VALUE")
    return name, value
