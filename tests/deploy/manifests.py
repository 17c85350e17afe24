"""Holds what is deployed against the programs: every manifest renders and validates, and says what the programs say of themselves.

Usage: manifests.py PROGRAMS TOOLS, the folders with the built programs and with node_modules, in the root of the repository. Every program
is run with the settings that its container gives it (--print-config), so that a key which does not exist, or a port that nobody listens on,
is a failure.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib

import kubernetes_validate
import yaml

VERSIONS = ["1.35", "1.36", "1.37"]
OVERLAYS = ["county", "city", "province", "routes"]
# Kinds that no schema is kept for: they are rendered, and their references are looked at, no more.
RENDERED_ONLY = {"Cluster"}
# Kinds of others, whose schemas kinds.mjs knows.
OTHERS = {"cert-manager.io", "gateway.networking.k8s.io", "monitoring.coreos.com"}
# An overlay of an operator's own: the city's, behind a Gateway, with encrypted dumps.
ROUTES = """apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: junheng
resources: [../../deploy/kubernetes/overlays/city]
components: [../../deploy/kubernetes/components/grpc-routes, ../../deploy/kubernetes/components/backup-encryption]
"""
# Secrets that an operator or another operator's program makes; none is in the repository.
SECRETS = {
    "junheng-database": {"url", "owner-url", "backup-url"},
    "junheng-access": {"jwks.json"},
    "junheng-signing-key": {"key.pem"},
    "junheng-gateway-certificate": {"tls.crt", "tls.key", "ca.crt"},
    "junheng-gateway-client-certificate": {"tls.crt", "tls.key", "ca.crt"},
    "junheng-services-certificate": {"tls.crt", "tls.key", "ca.crt"},
    "junheng-database-ca": {"ca.crt", "ca.key"},
    "junheng-backup-key": {"public.asc"},
    "junheng-restore-key": {"private.asc"},
}
DATABASE = "postgres://junheng:secret@database/junheng"
USER = 65532
FAULTS = []


def fault(place, text):
    FAULTS.append(f"{place}: {text}")


def require(holds, place, text):
    if not holds:
        fault(place, text)


def render(overlay):
    folder = pathlib.Path(f"deploy/kubernetes/overlays/{overlay}")
    if overlay == "routes":
        folder = pathlib.Path("target/routes")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "kustomization.yaml").write_text(ROUTES)
    command = ["kubectl", "kustomize", str(folder)]
    rendered = subprocess.run(command, capture_output=True, text=True, check=False)
    if rendered.returncode:
        sys.exit(f"{overlay} does not render (kubectl is needed): {rendered.stderr}")
    return [document for document in yaml.safe_load_all(rendered.stdout) if document]


def validate(overlay, documents, tools):
    others = [document for document in documents if document["apiVersion"].split("/")[0] in OTHERS]
    said = subprocess.run(["node", "tests/deploy/kinds.mjs", tools], input=json.dumps(others), capture_output=True, text=True, check=False)
    require(said.returncode == 0, overlay, said.stderr)
    for line in said.stdout.splitlines():
        fault(overlay, line)
    for document in documents:
        kind, name = document["kind"], document["metadata"]["name"]
        require(document["metadata"].get("namespace") == "junheng" or kind == "Namespace", f"{overlay} {kind} {name}", "no namespace")
        if kind in RENDERED_ONLY or document in others:
            continue
        for version in VERSIONS:
            try:
                kubernetes_validate.validate(document, version, strict=True)
            except Exception as error:  # whatever it is, the manifest is at fault
                fault(f"{overlay} {kind} {name}", f"not of Kubernetes {version}: {error}")


def templates(documents):
    """Every pod template, with the name of what makes it."""
    for document in documents:
        spec = document.get("spec", {})
        if document["kind"] == "CronJob":
            spec = spec["jobTemplate"]["spec"]
        if "template" in spec and document["kind"] in {"Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"}:
            yield f"{document['kind']} {document['metadata']['name']}", spec["template"]


def containers(pod):
    return pod.get("initContainers", []) + pod["containers"]


def restricted(place, pod):
    """What the Pod Security Standard `restricted` asks, and a root that nobody writes to."""
    of_pod = pod.get("securityContext", {})
    require(of_pod.get("runAsNonRoot") is True, place, "may run as root")
    require(of_pod.get("runAsUser") == USER, place, f"not user {USER}")
    require(of_pod.get("seccompProfile", {}).get("type") == "RuntimeDefault", place, "no seccomp profile")
    require(pod.get("automountServiceAccountToken") is False, place, "has a token that it does not need")
    require(pod.get("enableServiceLinks") is False, place, "gets variables of every Service")
    require(not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys(), place, "shares namespaces of the host")
    for volume in pod.get("volumes", []):
        kinds = volume.keys() - {"name"}
        require(kinds <= {"configMap", "secret", "emptyDir", "persistentVolumeClaim"}, place, f"volume {kinds}")
    for container in containers(pod):
        own = container.get("securityContext", {})
        at = f"{place} {container['name']}"
        require(own.get("allowPrivilegeEscalation") is False, at, "may gain privileges")
        require(own.get("readOnlyRootFilesystem") is True, at, "may write its root")
        require(own.get("capabilities") == {"drop": ["ALL"]}, at, "has capabilities")
        require({"cpu", "memory"} <= container["resources"]["requests"].keys(), at, "asks for no cpu or memory")
        require("memory" in container["resources"]["limits"], at, "no limit of memory")


def references(overlay, documents):
    """Names that one document says of another."""
    named = {(document["kind"], document["metadata"]["name"]): document for document in documents}
    pods = [(place, template) for place, template in templates(documents)]
    labelled = [template["metadata"]["labels"] for _, template in pods]
    for place, template in pods:
        for volume in template["spec"].get("volumes", []):
            if "configMap" in volume:
                require(("ConfigMap", volume["configMap"]["name"]) in named, place, f"no ConfigMap for {volume}")
            if "secret" in volume:
                require(volume["secret"]["secretName"] in SECRETS, place, f"unknown Secret in {volume}")
                require("optional" not in volume["secret"], place, f"goes on without {volume}")
            if "persistentVolumeClaim" in volume:
                claim = volume["persistentVolumeClaim"]["claimName"]
                require(("PersistentVolumeClaim", claim) in named, place, f"no claim {claim}")
    for (kind, name), document in named.items():
        place, spec = f"{overlay} {kind} {name}", document.get("spec", {})
        selector = {"Service": spec.get("selector"), "PodDisruptionBudget": spec.get("selector", {})}.get(kind)
        selector = selector.get("matchLabels", selector) if selector else None
        if selector:
            matching = [template for _, template in pods if selector.items() <= template["metadata"]["labels"].items()]
            require(len(matching) == 1, place, f"selects {len(matching)} pod templates")
            ports = {port["name"] for template in matching for one in template["spec"]["containers"] for port in one.get("ports", [])}
            for port in spec.get("ports", []):
                require(port["targetPort"] in ports, place, f"no container has the port {port['targetPort']}")
                require(port["targetPort"] != "admin", place, "offers the admin port")
        if kind == "HorizontalPodAutoscaler":
            require(("Deployment", spec["scaleTargetRef"]["name"]) in named, place, "scales nothing")
            require("replicas" not in named["Deployment", spec["scaleTargetRef"]["name"]]["spec"], place, "and the Deployment sets replicas")
        for rule in spec.get("rules", []) if kind == "GRPCRoute" else []:
            for backend in rule["backendRefs"]:
                ports = [port["port"] for port in named.get(("Service", backend["name"]), {"spec": {"ports": []}})["spec"]["ports"]]
                require(backend["port"] in ports, place, f"no Service {backend}")
        for target in spec.get("targetRefs", []) if kind == "BackendTLSPolicy" else []:
            require((target["kind"], target["name"]) in named, place, f"no {target}")
            names = named["Certificate", "junheng-services"]["spec"]["dnsNames"]
            require(spec["validation"]["hostname"] in names, place, "the services' certificate has another name")
        if kind == "Secret":
            fault(place, "a Secret in the repository")
        for label in spec.get("podSelector", {}).get("matchLabels", {}).items() if kind == "NetworkPolicy" else []:
            known = label[0].startswith("cnpg.io/") or overlay == "county" or any(label in labels.items() for labels in labelled)
            require(known, place, f"selects no pod by {label}")


def port_of(address):
    return int(address.rsplit(":", 1)[1])


def ask(programs, command, environment, mounts, place):
    """The settings in force of a program started so, or nothing for a command that has none."""
    program, *arguments = command
    binary = programs / pathlib.Path(program).name
    require(binary.is_file() and program == f"/usr/bin/{binary.name}", place, f"the image has no {program}")
    with tempfile.TemporaryDirectory() as folder:
        replaced = {"PATH": os.environ["PATH"]}
        for name, value in environment.items():
            for mount, files in mounts.items():
                if isinstance(files, dict) and value.startswith(f"{mount}/"):
                    file = pathlib.Path(folder) / pathlib.Path(value).name
                    require(file.name in files, place, f"{value} is not in what is mounted at {mount}")
                    file.write_text(files.get(file.name, ""))
                    value = str(file)
                    break
            replaced[name] = value
        if arguments[:1] == ["descriptors"]:
            said = subprocess.run([binary, "descriptors", "-o", f"{folder}/pb"], capture_output=True, text=True, env=replaced, check=False)
            require(said.returncode == 0 and len(arguments) == 3, place, said.stderr)
            return None
        said = subprocess.run([binary, *arguments, "--print-config"], capture_output=True, text=True, env=replaced, check=False)
    if said.returncode:
        fault(place, f"{binary.name} refuses its settings: {said.stderr}")
        return None
    settings = tomllib.loads(said.stdout)
    for section, keys in settings.items():
        for key, value in keys.items():
            if isinstance(value, str) and value.startswith("/") and not value.startswith("/tmp/"):
                files = mounts.get(str(pathlib.Path(value).parent), ())
                require(pathlib.Path(value).name in files, place, f"{section}.{key} is {value}, which is not mounted")
    return settings


def listened(command, settings):
    """The ports that a program listens on, by the name of its container port where there are several."""
    services = {name: port_of(settings[name]["listen"]) for name in ("ingest", "evaluation", "reporting")}
    program = pathlib.Path(command[0]).name
    chosen = services if program == "junheng" else {"grpc": services[program.removeprefix("junheng-")]}
    if program in {"junheng", "junheng-reporting"}:
        chosen["console"] = port_of(settings["reporting"]["console_listen"])
    return chosen | {"admin": port_of(settings["admin"]["listen"])}


def mounted(volume, maps):
    """The files of a volume: with their texts where they are known, else by their names."""
    if "configMap" in volume:
        return maps.get(volume["configMap"]["name"], {})
    secret = volume.get("secret", {})
    keys = SECRETS.get(secret.get("secretName"), set())
    return {item["path"] for item in secret["items"] if item["key"] in keys} if "items" in secret else keys


def database_believed(place, pod):
    """Whoever has a URL of the database asks for its certificate, and has the authority's alone."""
    volumes = {volume["name"]: mounted(volume, {}) for volume in pod.get("volumes", [])}
    for container in containers(pod):
        environment = {variable["name"]: variable for variable in container.get("env", [])}
        sources = [variable.get("valueFrom", {}).get("secretKeyRef", {}).get("name") for variable in environment.values()]
        if "junheng-database" not in sources:
            continue
        at = f"{place} {container['name']}"
        require(environment.get("PGSSLMODE", {}).get("value") == "verify-full", at, "asks the database for no certificate")
        root = pathlib.Path(environment.get("PGSSLROOTCERT", {}).get("value", "/"))
        files = {name for mount in container["volumeMounts"] if mount["mountPath"] == str(root.parent) for name in volumes[mount["name"]]}
        require(files == {root.name} == {"ca.crt"}, at, f"{root} is not what is mounted: {files}")


def programs_agree(overlay, programs, documents):
    maps = {document["metadata"]["name"]: document.get("data", {}) for document in documents if document["kind"] == "ConfigMap"}
    for name, template in templates(documents):
        pod = template["spec"]
        restricted(f"{overlay} {name}", pod)
        database_believed(f"{overlay} {name}", pod)
        volumes = {volume["name"]: mounted(volume, maps) for volume in pod.get("volumes", [])}
        for container in containers(pod):
            place = f"{overlay} {name} {container['name']}"
            environment = {}
            for variable in container.get("env", []):
                if "valueFrom" in variable:
                    secret = variable["valueFrom"]["secretKeyRef"]
                    keys = SECRETS.get(secret["name"], set())
                    require(secret["key"] in keys, place, f"unknown Secret {secret}")
                environment[variable["name"]] = variable.get("value", DATABASE)
            if container["image"].split(":")[0] != "junheng":
                continue
            mounts = {mount["mountPath"]: volumes.get(mount["name"], set()) for mount in container.get("volumeMounts", [])}
            settings = ask(programs, container["command"], environment, mounts, place)
            if settings is None or container["command"][1:2] == ["migrate"]:
                continue
            probes_agree(place, pod, container, listened(container["command"], settings), settings)


def probes_agree(place, pod, container, ports, settings):
    declared = {port["name"]: port["containerPort"] for port in container["ports"]}
    require(declared == ports, place, f"declares {declared}, the program listens on {ports}")
    for address in [settings["admin"]["listen"], *(settings[name]["listen"] for name in ("ingest", "evaluation", "reporting")), settings["reporting"]["console_listen"]]:
        require(address.startswith("0.0.0.0:"), place, f"listens on {address} only")
    for probe, path in [("startupProbe", "/healthz"), ("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")]:
        asked = container[probe]["httpGet"]
        require((asked["path"], asked["port"]) == (path, "admin"), place, f"{probe} asks {asked}")
    sleep = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    needed = sleep + settings["limits"]["drain_timeout_ms"] / 1000
    grace = pod["terminationGracePeriodSeconds"]
    require(needed + 3 <= grace, place, f"{sleep} s of preStop and the drain need {needed} s, the grace period is {grace} s")


def gateway_agrees(documents):
    services = {(document["metadata"]["name"], port["port"]) for document in documents if document["kind"] == "Service"
                for port in document["spec"]["ports"]}
    config = yaml.safe_load(pathlib.Path("deploy/kubernetes/components/gateway/envoy.yaml").read_text())
    for cluster in config["static_resources"]["clusters"]:
        for endpoint in cluster["load_assignment"]["endpoints"][0]["lb_endpoints"]:
            address = endpoint["endpoint"]["address"]["socket_address"]
            named = (address["address"], address["port_value"])
            require(named in services, f"gateway {cluster['name']}", f"no Service has {named}")


def restore_agrees(tools):
    """The job that is created by hand, and the nightly one whose dumps it reads."""
    folder = pathlib.Path("deploy/kubernetes/components/backup")
    restore = yaml.safe_load((folder / "restore.yaml").read_text())
    nightly = [document for document in yaml.safe_load_all((folder / "backup.yaml").read_text()) if document["kind"] == "CronJob"]
    validate("restore", [restore], tools)
    [(_, theirs), (name, ours)] = [*templates(nightly), *templates([restore])]
    restricted(name, ours["spec"])
    database_believed(name, ours["spec"])
    require(ours["spec"]["volumes"][0] == theirs["spec"]["volumes"][0], name, "reads another volume")
    require(ours["spec"]["containers"][0]["image"] == theirs["spec"]["containers"][0]["image"], name, "is of another PostgreSQL")
    secret = ours["spec"]["containers"][0]["env"][1]["valueFrom"]["secretKeyRef"]
    require(secret["key"] in SECRETS.get(secret["name"], set()), name, f"unknown Secret {secret}")


def alerts_agree(overlay, documents):
    """What alerts look at in the cluster by its name is there, and every claim is looked at."""
    rules = pathlib.Path("deploy/observability/rules.yaml").read_text()
    [pattern] = re.findall(r'persistentvolumeclaim=~"([^"]+)"', rules)
    claims = {document["metadata"]["name"] for document in documents if document["kind"] == "PersistentVolumeClaim"}
    for document in documents:
        name, spec = document["metadata"]["name"], document.get("spec", {})
        if document["kind"] == "Cluster":
            # As CloudNativePG names them.
            claims |= {f"{name}-1", f"{name}-1-wal"}
        if document["kind"] == "StatefulSet":
            claims |= {f"{claim['metadata']['name']}-{name}-0" for claim in spec.get("volumeClaimTemplates", [])}
    require(claims, overlay, "claims no volume")
    for claim in claims:
        require(re.fullmatch(pattern, claim), overlay, f"no alert looks at the volume of {claim}")
    jobs = {document["metadata"]["name"] for document in documents if document["kind"] == "CronJob"}
    require(not jobs or jobs == set(re.findall(r'cronjob="([^"]+)"', rules)), overlay, f"the alert of backups looks at others than {jobs}")


def compose_agrees(programs):
    compose = yaml.safe_load(pathlib.Path("deploy/container/compose.yaml").read_text())
    for name, service in compose["services"].items():
        place = f"compose {name}"
        for needed, how in service.get("depends_on", {}).items():
            require(needed in compose["services"] and "condition" in how, place, f"waits for {needed}")
        if not service["image"].startswith("junheng:"):
            continue
        require(service["user"] == f"{USER}:{USER}" and service["read_only"] and service["cap_drop"] == ["ALL"], place, "not confined")
        environment = {key: re.sub(r"\$\{[^}]*\}", "secret", value) for key, value in service["environment"].items()}
        mounts = {}
        for volume in service.get("volumes", []):
            file = pathlib.Path(re.sub(r"\$\{[^}]*\}", "file", volume).split(":")[1])
            mounts.setdefault(str(file.parent), set()).add(file.name)
        settings = ask(programs, service["entrypoint"], environment, mounts, place)
        if settings is None or "ports" not in service:
            continue
        ports = listened(service["entrypoint"], settings)
        offered = [f"127.0.0.1:{port}:{port}" for name, port in ports.items() if name != "admin"]
        require(service["ports"] == offered, place, f"offers {service['ports']}")
        grace = int(service["stop_grace_period"].removesuffix("s"))
        require(settings["limits"]["drain_timeout_ms"] / 1000 + 3 <= grace, place, "the drain takes longer than the grace period")


def unit_agrees(programs):
    unit = pathlib.Path("deploy/systemd/junheng.service").read_text()
    command = re.search(r"^ExecStart=(.+)$", unit, re.M)[1].replace("/usr/local/bin/", "/usr/bin/").split()
    environment = dict(line.split("=", 1) for line in re.findall(r"^Environment=(.+)$", unit, re.M))
    settings = ask(programs, command, environment, {}, "systemd")
    if settings:
        patience = int(re.search(r"^TimeoutStopSec=(\d+)$", unit, re.M)[1])
        require(settings["limits"]["drain_timeout_ms"] / 1000 + 3 <= patience, "systemd", "the drain takes longer than TimeoutStopSec")


def files_agree():
    """The image's two files end alike; the operator's guide names settings and alerts that are there, and all of the alerts."""
    whole = pathlib.Path("deploy/container/Containerfile").read_text()
    short = pathlib.Path("deploy/container/Containerfile.rootfs").read_text()
    last = whole[whole.index("FROM scratch"):].replace("COPY --from=build /rootfs /", "ADD rootfs.tar /")
    require(short.endswith(last), "Containerfile.rootfs", "is not the last stage of Containerfile")
    entry = re.search(r'^ENTRYPOINT \["(.+)"\]$', whole, re.M)[1]
    require(entry == "/usr/bin/junheng" and f"USER {USER}:{USER}" in whole, "Containerfile", "another entry point or user")
    guide = pathlib.Path("deploy/README.md").read_text()
    defaults = tomllib.loads(pathlib.Path("services/runtime/config.default.toml").read_text())
    for section, key in re.findall(r"`([a-z]+)\.([a-z_]+)`", guide):
        require(section not in defaults or key in defaults[section], "deploy/README.md", f"there is no setting {section}.{key}")
    rules = set(re.findall(r"alert: (\w+)", pathlib.Path("deploy/observability/rules.yaml").read_text()))
    told = {name for name, page in re.findall(r"^\| \[`(Junheng\w+)`\]\(observability/runbooks/(\w+)\.md\) \|", guide, re.M) if name == page}
    require(rules == told, "deploy/README.md", f"rules and guide do not tell the same alerts: {sorted(rules ^ told)}")
    pages = {page.stem for page in pathlib.Path("deploy/observability/runbooks").iterdir()}
    require(rules == pages, "deploy/observability", f"alerts without a page, or pages without an alert: {sorted(rules ^ pages)}")


def main(programs, tools):
    for overlay in OVERLAYS:
        documents = render(overlay)
        validate(overlay, documents, tools)
        references(overlay, documents)
        programs_agree(overlay, programs, documents)
        alerts_agree(overlay, documents)
        if overlay != "county":
            gateway_agrees(documents)
    restore_agrees(tools)
    compose_agrees(programs)
    unit_agrees(programs)
    files_agree()
    if FAULTS:
        sys.exit("\n".join(FAULTS))
    print(f"manifests: {', '.join(OVERLAYS)} are of Kubernetes {', '.join(VERSIONS)}, and agree with the programs")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), sys.argv[2])
