"""Holds alerts, dashboards and runbooks against the catalogue of metrics, and runs promtool over the alerts and their tests.

Usage: observability.py [PROMTOOL]
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2] / "deploy/observability"
PROMTOOL = sys.argv[1] if len(sys.argv) > 1 else "promtool"
# What Prometheus makes of a histogram.
SUFFIXES = ("_bucket", "_sum", "_count")
# What others tell, with its labels, as their documents have it; no program of theirs is here to ask. kube-state-metrics:
# docs/metrics/workload/cronjob-metrics.md, all of them "stable"; the kubelet: pkg/kubelet/metrics/collectors/volume_stats.go; Prometheus itself.
FOREIGN = {
    "kube_cronjob_created": {"namespace", "cronjob"},
    "kube_cronjob_status_last_successful_time": {"namespace", "cronjob"},
    "kubelet_volume_stats_available_bytes": {"namespace", "persistentvolumeclaim"},
    "kubelet_volume_stats_capacity_bytes": {"namespace", "persistentvolumeclaim"},
    "up": {"job", "instance"},
}
# The words of PromQL that look like a metric's name.
WORDS = {"absent", "and", "by", "count", "histogram_quantile", "increase", "max", "max_over_time", "min", "on", "or", "rate", "scalar", "sum",
         "time", "topk", "unless"}


def catalogue():
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*?) \|", (ROOT / "metrics.md").read_text(), re.M)
    assert rows, "metrics.md has no table"
    known = {}
    for name, kind, labels in rows:
        names = [name + suffix for suffix in SUFFIXES] if kind == "histogram" else [name]
        known.update({name: set(re.findall(r"`(\w+)`", labels)) for name in names})
    return known | FOREIGN


def names_in(expression):
    """Every word outside of strings, labels and ranges that is no word of PromQL: a metric's name."""
    bare = re.sub(r'"[^"]*"', "", expression)
    bare = re.sub(r"\{[^}]*\}|\[[^]]*\]|\b(?:by|on) \([^)]*\)", " ", bare)
    return [name for name in re.findall(r"\b[a-z_][a-z0-9_]*", bare) if name not in WORDS]


def check_expression(where, expression, known):
    faults = []
    names = names_in(expression)
    if not names:
        faults.append(f"{where}: names no metric")
    for name in names:
        if name not in known:
            faults.append(f"{where}: there is no metric {name}")
    # What the platform adds, and what belongs to a histogram.
    given = {"pod", "instance", "job", "container", "le"}.union(*(known.get(name, set()) for name in names))
    for labels in re.findall(r"\b(?:by|on) \(([^)]*)\)", expression) + re.findall(r"\{([^}]*)\}", expression):
        for label in re.findall(r"(\w+)\s*(?:=~|!=|=|,|$)", labels):
            if label not in given:
                faults.append(f"{where}: no metric in it has the label {label}")
    return faults


def main():
    known, faults = catalogue(), []
    spec = yaml.safe_load((ROOT / "rules.yaml").read_text())["spec"]
    tests = (ROOT / "rules.test.yaml").read_text()
    alerts = [rule for group in spec["groups"] for rule in group["rules"]]
    fired = {
        test["alertname"]
        for case in yaml.safe_load(tests)["tests"]
        for test in case["alert_rule_test"]
        if test["exp_alerts"]
    }
    for rule in alerts:
        name = rule["alert"]
        faults += check_expression(name, rule["expr"], known)
        page = ROOT.parents[1] / rule["annotations"]["runbook"]
        if page.stem != name or not page.is_file():
            faults.append(f"{name}: no page {page}")
        elif page.read_text().splitlines()[0] != f"# {name}":
            faults.append(f"{page}: is about something else")
        if rule["labels"]["severity"] not in ("critical", "warning") or not rule["annotations"]["summary"]:
            faults.append(f"{name}: no severity or summary")
        if name not in fired:
            faults.append(f"{name}: no test shows it fire")
    pages = {page.stem for page in (ROOT / "runbooks").glob("*.md")}
    faults += [f"{page}.md: there is no such alert" for page in pages - {rule["alert"] for rule in alerts}]
    drawn, seen = 0, set()
    for file in sorted((ROOT / "dashboards").glob("*.json")):
        for panel in json.loads(file.read_text())["panels"]:
            for target in panel["targets"]:
                faults += check_expression(f"{file.name}: {panel['title']}", target["expr"], known)
                drawn += 1
                seen.update(re.sub(r"_(?:bucket|sum|count)$", "", name) for name in names_in(target["expr"]))
    ours = {re.sub(r"_(?:bucket|sum|count)$", "", name) for name in known.keys() - FOREIGN.keys()}
    faults += [f"{name}: no dashboard draws it" for name in sorted(ours - seen)]
    assert alerts and drawn
    assert not faults, "\n".join(faults)
    with tempfile.TemporaryDirectory() as folder:
        rules, cases = pathlib.Path(folder, "rules.yaml"), pathlib.Path(folder, "rules.test.yaml")
        rules.write_text(yaml.safe_dump(spec, allow_unicode=True))
        cases.write_text(tests.replace("RULES", str(rules)))
        subprocess.run([PROMTOOL, "check", "rules", rules], check=True)
        subprocess.run([PROMTOOL, "test", "rules", cases], check=True)
    print(f"{len(alerts)} alerts, {drawn} queries of dashboards: every metric and label exists")


main()
