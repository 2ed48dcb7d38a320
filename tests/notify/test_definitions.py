"""What `check` says of `notify`, and what becomes of what it finds sound."""

from __future__ import annotations

from pathlib import Path

import pytest

from framework.definitions.notify import Topic, Webhook
from tests.definitions.made import PIPELINE, RULE, WITH_RULE, brief, loaded, problems

ARN = "arn:aws:sns:eu-central-1:123456789012:alerts.fifo"
GOOD = """\
notify:
  - webhook:
      url: "${HOOK_URL}"
      format: alertmanager
      headers: {Authorization: "Bearer ${TOKEN}", X-Team: sort-ops}
      severity: critical
      rules: [failing, silent]
      link: "https://kibana.example.com/app/e?id={id}&rule={rule}"
  - webhook: {url: "https://${USER}:${PASSWORD}@hooks.example.com:8443/${PATH}/x"}
  - sns: {topic: %s, region: eu-west-1, endpoint_url: "http://127.0.0.1:5000", severity: warning}
"""


def test_a_sound_one(tmp_path: Path) -> None:
    found = loaded(tmp_path, {**WITH_RULE, "pipeline.yaml": PIPELINE + GOOD % ARN})
    assert found.pipeline.notify == (
        Webhook(
            "${HOOK_URL}",
            "alertmanager",
            {"Authorization": "Bearer ${TOKEN}", "X-Team": "sort-ops"},
            "critical",
            ("failing", "silent"),
            "https://kibana.example.com/app/e?id={id}&rule={rule}",
        ),
        Webhook("https://${USER}:${PASSWORD}@hooks.example.com:8443/${PATH}/x"),
        Topic(ARN, "eu-west-1", "http://127.0.0.1:5000", "warning"),
    )


# One entry of `notify`, and the column and code of what is said of it: all stand on the file's last line.
CASES = [
    ("{}", 10, "pipeline/notify-none"),
    ('{webhook: {url: "http://h/"}, sns: {topic: "${T}"}}', 10, "pipeline/notify-none"),
    ('{webhok: {url: "http://h/"}}', 11, "key/unknown"),
    ("{webhook: {format: plain}}", 11, "key/missing"),
    ('{webhook: {url: "ftp://h/"}}', 26, "pipeline/bad-address"),
    ('{webhook: {url: "http://"}}', 26, "pipeline/bad-address"),
    ('{webhook: {url: "http://h:99999/"}}', 26, "pipeline/bad-address"),
    ('{webhook: {url: "http://h/a b"}}', 26, "pipeline/bad-address"),
    ('{webhook: {url: "hooks.example.com/x"}}', 26, "pipeline/bad-address"),
    ('{webhook: {url: "${HOOK URL}"}}', 26, "pipeline/placeholder"),
    ('{webhook: {url: "http://h/$TOKEN"}}', 26, "pipeline/placeholder"),
    ('{webhook: {url: "http://h/${TOKEN"}}', 26, "pipeline/placeholder"),
    ('{webhook: {url: "http://h/", format: slack}}', 47, "pipeline/bad-value"),
    ('{webhook: {url: "http://h/", severity: high}}', 49, "pipeline/bad-value"),
    ('{webhook: {url: "http://h/", rules: []}}', 46, "pipeline/too-few"),
    ('{webhook: {url: "http://h/", rules: [failing, fails]}}', 56, "pipeline/unknown-rule"),
    ('{webhook: {url: "http://h/", headers: {a b: x}}}', 49, "pipeline/bad-header"),
    ('{webhook: {url: "http://h/", headers: {Host: x}}}', 49, "pipeline/bad-header"),
    ('{webhook: {url: "http://h/", headers: {X: "a\\nb"}}}', 52, "pipeline/bad-header"),
    ('{webhook: {url: "http://h/", headers: {X: "${A B}"}}}', 52, "pipeline/placeholder"),
    ('{webhook: {url: "http://h/", headers: {Authorization: abc}}}', 64, "pipeline/secret"),
    ('{webhook: {url: "http://h/", link: "https://k/{name}"}}', 45, "pipeline/placeholder"),
    ('{webhook: {url: "http://h/", link: "k/{id}"}}', 45, "pipeline/bad-address"),
    ("{sns: {topic: alerts}}", 24, "pipeline/bad-topic"),
    ('{sns: {topic: "${T}", endpoint_url: here}}', 46, "pipeline/bad-address"),
]


@pytest.mark.parametrize(("entry", "column", "code"), CASES)
def test_one_mistake(tmp_path: Path, entry: str, column: int, code: str) -> None:
    text = f"{PIPELINE}notify: [{entry}]\n"
    line = len(text.splitlines())
    found = brief(tmp_path, {**WITH_RULE, "pipeline.yaml": text})
    assert found == [("pipeline.yaml", line, column, code)]


def test_what_is_nearest_is_offered(tmp_path: Path) -> None:
    text = f'{PIPELINE}notify: [{{webhook: {{url: "http://h/", rules: [failling]}}}}]\n'
    (found,) = problems(tmp_path, {**WITH_RULE, "pipeline.yaml": text})
    assert (found.message, found.hint) == ("no rule 'failling'", "did you mean 'failing'?")


def test_a_rule_whose_file_is_broken_is_not_missed(tmp_path: Path) -> None:
    text = f'{PIPELINE}notify: [{{webhook: {{url: "http://h/", rules: [failing]}}}}]\n'
    broken = RULE.replace("kpi: failure_rate", "kpi: [")
    found = brief(tmp_path, {**WITH_RULE, "pipeline.yaml": text, "rule.yaml": broken})
    assert {path for path, *_ in found} == {"rule.yaml"}
