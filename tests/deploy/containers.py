"""Runs the image as deploy/ runs it, by podman, without any engine or registry: the pod of the county overlay on SQLite, and the compose
file on a PostgreSQL of this machine, packed as the image that the file names.

Usage: containers.py PROGRAMS [DEBIAN], as root, in the root of the repository; PROGRAMS is the folder with the four programs. With DEBIAN, the
archive of a root file system with systemd and curl, it runs the unit of deploy/systemd there instead. It needs podman, runc, netavark,
aardvark-dns, catatonit and iproute2. Everything happens in a network of its own, and goes with its folder.

What differs from a cluster is said where it is made so (`pod`). Probes are asked from outside, as the kubelet does it.
"""

import functools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import yaml

from engine import Engine, eventually, packed, run

USER = 65532
DATA = pathlib.Path("tests/data/zhangwu-2024")
COMPOSE = pathlib.Path("deploy/container/compose.yaml")


def build(engine, programs, tag):
    """The image as `make image` builds it, of programs without what only debuggers read."""
    stripped = engine.folder / "programs"
    stripped.mkdir()
    names = ["junheng", "junheng-ingest", "junheng-evaluation", "junheng-reporting"]
    for name in names:
        run("strip", "-o", stripped / name, programs / name)
    run("deploy/container/rootfs.sh", engine.folder / "rootfs", *(stripped / name for name in names))
    shutil.rmtree(stripped)
    packed(engine, engine.folder / "rootfs", pathlib.Path("deploy/container/Containerfile.rootfs").read_text(), tag)


class Caller:
    """The program as a county uses it, with a token of the issuer that the services believe."""

    def __init__(self, program, folder, issuer):
        self.program, self.jwks, self.receipts = program, folder / "jwks.json", folder / "receipts"
        issue = ["token", "--key", folder / "issuer.key", "--jwks", self.jwks, "--issuer", issuer, "--region", "210000"]
        self.token = run(program, *issue, "--role", "operator", "--role", "city_reporter").strip()
        self.jwks.chmod(0o644)

    def __call__(self, *words):
        return run(self.program, *words, env=os.environ | {"JUNHENG_TOKEN": self.token})

    def refused(self, *words):
        """Whoever has no token is refused for that, and for nothing else."""
        environment = {name: value for name, value in os.environ.items() if name != "JUNHENG_TOKEN"}
        said = subprocess.run([self.program, *words], capture_output=True, text=True, check=False, env=environment)
        assert said.returncode and not said.stdout and "服务不接受所给的身份" in said.stderr, said

    def page(self, address, path):
        """What the console shows to whoever signed in; to anybody else nothing."""
        url = f"http://{address}{path}"
        status, text = opened(url)
        assert status == 401 and "请先登录" in text and "彰武县" not in text, f"{status}: {text[:2000]}"
        status, text = opened(url, {"authorization": f"Bearer {self.token}"})
        assert status == 200, f"{path}: {status}: {text[:2000]}"
        return text

    def report(self, ingest, reporting):
        """Pushes a county's month, and waits for what came of it."""
        names = ["--county-name", "彰武县", "--city-name", "阜新市", "--province-name", "辽宁省"]
        schools = ["schools", "import", DATA / "schools.csv", "--county", "210922"]
        self(*schools, *names, "--server", ingest)
        push = ["push", DATA / "schools.csv", DATA / "items.csv", "--county", "210922", "--month", "2024-12"]
        self.refused(*push, "--server", ingest)
        self(*push, "--receipts", self.receipts, "--server", ingest)
        return self.known(ingest, reporting)

    def known(self, ingest, reporting):
        """The county's submissions, and its judgement as the overview tells it."""
        submissions = self("submissions", "210922", "--server", ingest)

        def judged():
            said = self("overview", "210000", "--month", "2024-12", "--server", reporting)
            return said if "彰武县" in said and "未评估" not in said else None

        return submissions, eventually("the evaluation", judged)


def opened(url, headers=None):
    """The status and the text of a page."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=30) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def answers(url):
    """Whether it answers, and with 200."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return response.status == 200
    except OSError:
        return False


def confined(engine, name):
    """A container's program runs as user 65532, without capabilities or new privileges, on a root that nobody writes to."""
    found = engine.inspect(name)
    assert found["HostConfig"]["ReadonlyRootfs"], name
    status = pathlib.Path(f"/proc/{found['State']['Pid']}/status").read_text()
    lines = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert set(lines["Uid"].split()) == {str(USER)}, lines["Uid"]
    assert int(lines["CapEff"], 16) == int(lines["CapBnd"], 16) == 0 and lines["NoNewPrivs"] == "1", lines
    assert lines["Seccomp"] == "2", "no seccomp profile"
    for folder, may in [("/usr", False), ("/etc", False), ("/tmp", True)]:
        said = subprocess.run(["podman", "exec", name, "/usr/bin/junheng", "descriptors", "-o", f"{folder}/d.pb"], capture_output=True,
                              text=True, check=False)
        assert (said.returncode == 0) == may, f"{name} {folder}: {said}"


def pod(issuer_keys):
    """The county overlay for `podman play kube`, which knows pods, claims and settings.

    The StatefulSet becomes the one pod that it would make, its claim a volume that belongs to whom the folder of the image belongs to in place
    of fsGroup, its probes and its preStop are left to the test. The Secret with the issuer's keys, which no repository has, is a ConfigMap:
    podman's versions read Secrets each in its own way.
    """
    rendered = run("kubectl", "kustomize", "deploy/kubernetes/overlays/county")
    documents = {document["kind"]: document for document in yaml.safe_load_all(rendered) if document}
    stateful = documents["StatefulSet"]
    template = stateful["spec"]["template"]
    spec = template["spec"]
    for container in spec["containers"]:
        for word in ["startupProbe", "livenessProbe", "readinessProbe", "lifecycle"]:
            del container[word]
        container["image"] = f"localhost/{container['image']}"
    claim = stateful["spec"]["volumeClaimTemplates"][0]
    name = f"{claim['metadata']['name']}-{stateful['metadata']['name']}-0"
    spec["volumes"].append({"name": claim["metadata"]["name"], "persistentVolumeClaim": {"claimName": name}})
    claimed = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "spec": claim["spec"], "metadata": {"name": name}}
    for volume in spec["volumes"]:
        if "secret" in volume:
            volume["configMap"] = {"name": volume.pop("secret")["secretName"]}
    keys = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "junheng-access"}, "data": {"jwks.json": issuer_keys}}
    made = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "junheng", "labels": template["metadata"]["labels"]}, "spec": spec}
    issuer = re.search(r'^issuer = "(.+)"$', documents["ConfigMap"]["data"]["junheng.toml"], re.M)[1]
    return claimed, [documents["ConfigMap"], keys, made], issuer, spec["terminationGracePeriodSeconds"]


def county(engine, program):
    """One pod, SQLite, one volume: a month goes in, the pod goes, another takes its volume, and all is there."""
    claim, _, issuer, grace = pod("")
    caller = Caller(program, engine.folder, issuer)
    _, documents, *_ = pod(caller.jwks.read_text())
    file = engine.folder / "claim.yaml"
    file.write_text(yaml.safe_dump(claim))
    engine("play", "kube", file, cwd=engine.folder)
    file = engine.folder / "county.yaml"
    file.write_text(yaml.safe_dump_all(documents))
    before = None
    for _ in range(2):
        engine("play", "kube", file, cwd=engine.folder)
        found = engine.inspect("junheng-junheng")
        infra = engine.inspect(json.loads(engine("pod", "inspect", "junheng"))["InfraContainerID"])
        networks = infra["NetworkSettings"]["Networks"].values()
        host = next(network["IPAddress"] for network in networks)
        eventually("readiness", functools.partial(answers, f"http://{host}:9464/readyz"))
        assert answers(f"http://{host}:9464/healthz")
        services = f"http://{host}:50051", f"http://{host}:50053"
        confined(engine, "junheng-junheng")
        now = caller.known(*services) if before else caller.report(*services)
        assert before in (None, now), f"before:\n{before}\nafter:\n{now}"
        page = caller.page(f"{host}:8080", "/regions/210922?month=2024-12")
        assert "彰武县" in page and "<html" in page and "2024" in page, page[:2000]
        before = now
        began = time.monotonic()
        engine("stop", "--time", grace, "junheng-junheng")
        took = time.monotonic() - began
        ended = engine.inspect("junheng-junheng")["State"]
        assert ended["ExitCode"] == 0 and took < grace, f"ended with {ended['ExitCode']} after {took:.0f} s: {engine('logs', found['Id'])}"
        engine("play", "kube", "--down", file, cwd=engine.folder)
        assert not engine("ps", "--all", "--quiet").strip()
    print("containers: the county overlay's pod served a month and its page as user 65532 on a read-only root, and another pod found it on the volume", flush=True)


def database(engine, tag):
    """This machine's PostgreSQL under the name of the image that the compose file asks for, which cannot be fetched: what initdb and the
    server need, a shell, and an entry point that reads the same variables as that image's."""
    root = engine.folder / "postgres"
    newest = max(pathlib.Path("/usr/lib/postgresql").iterdir(), key=lambda path: int(path.name))
    programs = [newest / "bin" / name for name in ("initdb", "postgres", "pg_isready", "psql")]
    libraries = list((newest / "lib").glob("*.so"))
    files = [*programs, *libraries, pathlib.Path("/bin/sh"), pathlib.Path("/bin/rm")]
    needed = set(re.findall(r"(?:=> |^\t)(/\S+)", run("ldd", *[file for file in files if "llvm" not in file.name]), re.M))
    for file in [*map(str, files), *needed]:
        target = root / file.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    for folder in [f"/usr/share/postgresql/{newest.name}", "/usr/share/zoneinfo", "/usr/lib/locale/C.utf8"]:
        shutil.copytree(folder, root / folder.lstrip("/"))
    for name in ["tmp", "var/run/postgresql", "etc", "var/lib/postgresql/data"]:
        (root / name).mkdir(parents=True, exist_ok=True)
    (root / "etc/passwd").write_text("postgres:x:999:999::/var/lib/postgresql:/bin/sh\n")
    (root / "etc/group").write_text("postgres:x:999:\n")
    (root / "entry").write_text(
        "#!/bin/sh\nset -eu\n"
        'if [ ! -s "$PGDATA/PG_VERSION" ]; then\n'
        '  printf "%s\\n" "$POSTGRES_PASSWORD" > /tmp/password\n'
        '  initdb --username "$POSTGRES_USER" --pwfile /tmp/password --auth scram-sha-256 $POSTGRES_INITDB_ARGS\n'
        '  rm /tmp/password\n'
        '  echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"\n'
        '  postgres -c listen_addresses= -c unix_socket_directories=/tmp & server=$!\n'
        '  until pg_isready --quiet --host /tmp; do :; done\n'
        '  for file in /docker-entrypoint-initdb.d/*.sql; do\n'
        '    PGPASSWORD=$POSTGRES_PASSWORD psql -X -v ON_ERROR_STOP=1 --host /tmp --username "$POSTGRES_USER" --dbname postgres --file "$file"\n'
        '  done\n'
        '  kill -INT "$server"; wait "$server"\n'
        "fi\n"
        "exec postgres -c listen_addresses='*' -c unix_socket_directories=/var/run/postgresql\n"
    )
    (root / "entry").chmod(0o755)
    for name in ["tmp", "var/run/postgresql", "var/lib/postgresql/data"]:
        os.chown(root / name, 999, 999)
    containerfile = f"FROM scratch\nADD rootfs.tar /\nENV PATH={newest}/bin:/bin:/usr/bin PGDATA=/var/lib/postgresql/data\n"
    packed(engine, root, containerfile + 'USER 999:999\nENTRYPOINT ["/entry"]\nSTOPSIGNAL SIGINT\n', tag)


def host(engine, program):
    """The compose file as it is: database, migration, three services; a month goes in, all of it is taken down and put up again."""
    folder = engine.folder / "host"
    folder.mkdir(mode=0o755)
    caller = Caller(program, folder, "https://login.example.gov.cn")
    key = folder / "key.pem"
    run(program, "key", "create", key)
    os.chown(key, USER, USER)
    os.environ |= {
        "JUNHENG_ADMINISTRATOR_PASSWORD": "of-the-superuser",
        "JUNHENG_OWNER_PASSWORD": "of-the-owner",
        "JUNHENG_DATABASE_PASSWORD": "of-the-services",
        "JUNHENG_ISSUER": "https://login.example.gov.cn",
        "JUNHENG_JWKS": str(caller.jwks),
        "JUNHENG_SIGNING_KEY": str(key),
    }
    compose = functools.partial(run, sys.executable, "-m", "podman_compose", "--file", COMPOSE)
    put_up = functools.partial(compose, "up", "--no-deps")
    names = [f"junheng_{name}_1" for name in ("ingest", "evaluation", "reporting")]
    before = None
    for _ in range(2):
        # In the order of depends_on, whose conditions this podman cannot wait for; nor does it check health where there is no systemd.
        put_up("--detach", "database")
        eventually("the database's health", lambda: healthy("junheng_database_1"))
        put_up("migrate")
        assert engine.inspect("junheng_migrate_1")["State"]["ExitCode"] == 0
        put_up("--detach", "ingest", "evaluation", "reporting")
        services = "http://127.0.0.1:50051", "http://127.0.0.1:50053"
        eventually("the services' start", lambda: all(ready(engine, name) for name in names))
        for name in names:
            confined(engine, name)
        owner = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
        assert queried(engine, owner) == "junheng_owner"
        users = "SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = 'junheng' AND usename <> 'postgres'"
        assert queried(engine, users) == "junheng", "the services log in as somebody else"
        now = caller.known(*services) if before else caller.report(*services)
        assert before in (None, now), f"before:\n{before}\nafter:\n{now}"
        before = now
        run(program, "receipt", "verify", "--public-key", f"{key}.pub", *caller.receipts.iterdir())
        compose("down")
        assert not engine("ps", "--all", "--quiet").strip()
    print("containers: the compose file's services took a month into PostgreSQL after its migration, and had it when they were put up again")


def queried(engine, sql):
    asked = ["psql", "-X", "-q", "-A", "-t", "--host", "127.0.0.1", "--username", "postgres", "--dbname", "junheng", "--command", sql]
    return engine("exec", "--env", "PGPASSWORD=of-the-superuser", "junheng_database_1", *asked).strip()


def healthy(name):
    return subprocess.run(["podman", "healthcheck", "run", name], capture_output=True, check=False).returncode == 0


def ready(engine, name):
    """Whether a service says that it serves. Its admin port is offered to nobody outside, so it is asked at the container's own address."""
    networks = engine.inspect(name)["NetworkSettings"]["Networks"].values()
    return any(answers(f"http://{network['IPAddress']}:9464/readyz") for network in networks if network["IPAddress"])


def unit(engine, program, archive):
    """The unit under a systemd of its own: its user, its confinement, its restarts, and its data through all of them."""
    engine("import", "--quiet", archive, "debian:unit")
    mounts = {program: "/usr/local/bin/junheng", pathlib.Path("deploy/systemd/junheng.service").resolve(): "/etc/systemd/system/junheng.service"}
    mounts[DATA.resolve()] = "/mnt"
    volumes = [word for here, there in mounts.items() for word in ("--volume", f"{here}:{there}:ro")]
    # Privileged is systemd, which confines the program.
    engine("run", "--detach", "--name", "unit", "--systemd=always", "--network=none", "--privileged", *volumes, "debian:unit", "/lib/systemd/systemd")

    def inside(*words, may_fail=False):
        said = subprocess.run(["podman", "exec", "unit", *words], capture_output=True, text=True, check=False)
        if said.returncode and not may_fail:
            journal = engine("exec", "unit", "journalctl", "--no-pager", "--lines", "20")
            raise SystemExit(f"{' '.join(words)}: exit {said.returncode}: {said.stdout}{said.stderr}{journal}")
        return said.stdout.strip()

    def property_of(name):
        return inside("systemctl", "show", "junheng", "--property", name, "--value")

    def serving():
        return inside("curl", "--silent", "--fail", "http://127.0.0.1:9464/readyz", may_fail=True)

    eventually("systemd's start", lambda: inside("systemctl", "is-system-running", may_fail=True) in ("running", "degraded"))
    inside("systemctl", "enable", "--now", "junheng")
    eventually("the unit's start", serving)
    status = inside("cat", f"/proc/{property_of('MainPID')}/status")
    lines = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert "0" not in lines["Uid"].split() and int(lines["CapBnd"], 16) == 0, lines
    assert (lines["NoNewPrivs"], lines["Seccomp"]) == ("1", "2"), lines
    names = ["--county-name", "彰武县", "--city-name", "阜新市", "--province-name", "辽宁省"]
    inside("junheng", "schools", "import", "/mnt/schools.csv", "--county", "210922", *names)
    inside("junheng", "push", "/mnt/schools.csv", "/mnt/items.csv", "--county", "210922", "--month", "2024-12")
    before = inside("junheng", "submissions", "210922")
    inside("systemctl", "kill", "--signal=KILL", "junheng")
    eventually("the restart", lambda: property_of("NRestarts") == "1" and serving())
    inside("systemctl", "restart", "junheng")
    eventually("the start after a restart", serving)
    assert property_of("Result") == "success", inside("systemctl", "status", "junheng", may_fail=True)
    assert inside("junheng", "submissions", "210922") == before
    exposure = inside("systemd-analyze", "security", "--no-pager", "junheng").rsplit("exposure level for junheng.service: ", 1)[1]
    assert float(exposure.split()[0]) < 2, exposure
    print(f"containers: the unit ran under systemd, was restarted after kill -9, and kept its data; systemd's exposure level {exposure}")


def main(programs, archive=None):
    programs = pathlib.Path(programs).resolve()
    if os.environ.pop("JUNHENG_OWN_NETWORK", None) is None:
        os.environ["JUNHENG_OWN_NETWORK"] = "1"
        os.execvp("unshare", ["unshare", "--net", "--mount", sys.executable, *sys.argv])
    run("ip", "link", "set", "lo", "up")
    with tempfile.TemporaryDirectory(prefix="junheng-containers-", dir="/tmp") as folder:
        engine = Engine(pathlib.Path(folder))
        described = yaml.safe_load(COMPOSE.read_text())["services"]
        try:
            if archive:
                unit(engine, programs / "junheng", archive)
                return
            build(engine, programs, described["ingest"]["image"])
            county(engine, programs / "junheng")
            database(engine, described["database"]["image"])
            host(engine, programs / "junheng")
        except BaseException:
            # Why, before all of it is gone.
            for name in engine("ps", "--all", "--format", "{{.Names}}").split():
                said = subprocess.run(["podman", "logs", "--tail", "20", name], capture_output=True, text=True, check=False)
                print(f"{name}:\n{said.stdout}{said.stderr}", file=sys.stderr)
            raise
        finally:
            engine.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
