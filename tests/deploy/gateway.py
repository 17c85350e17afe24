"""Runs the gateway of deploy/kubernetes as it is shipped, but for addresses and paths, before a served suite, and calls through it.

Usage: gateway.py PROGRAM ENVOY BUF, in the root of the repository. It speaks HTTPS with JSON as any web client would, and gRPC by buf.
"""

import contextlib
import http.client
import json
import pathlib
import re
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import tomllib

import yaml
from google.protobuf.descriptor_pb2 import FileDescriptorSet

ROOT = pathlib.Path.cwd()
GATEWAY = ROOT / "deploy/kubernetes/components/gateway"
PATIENCE = 60
INGEST, EVALUATION = "/junheng.ingest.v1", "/junheng.evaluation.v1"


def eventually(what, ask):
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.1)
    raise SystemExit(f"{what} did not happen within {PATIENCE} s")


@contextlib.contextmanager
def running(command, **options):
    process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, **options)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def addresses(process):
    """The first three addresses at which the program listens: ingest, evaluation, reporting."""
    found = []
    for line in process.stderr:
        entry = json.loads(line) if line.startswith("{") else {}
        fields = entry.get("fields", entry)
        if fields.get("message") == "listening":
            found.append(fields["listen"].rsplit(":", 1))
        if len(found) == 3:
            # The rest is read, so that the program never waits for a reader.
            threading.Thread(target=lambda: [None for _ in process.stderr], daemon=True).start()
            return [(host, int(port)) for host, port in found]
    raise SystemExit("the program does not listen")


def free_ports():
    """The services on ports that are free, and every other port closed."""
    defaults = tomllib.loads((ROOT / "services/runtime/config.default.toml").read_text())
    for section, keys in defaults.items():
        for key in keys:
            if key.endswith("listen"):
                of_service = key == "listen" and section in ("ingest", "evaluation", "reporting")
                yield f"{section}.{key}={'127.0.0.1:0' if of_service else ''}"


def written(folder, services):
    """The shipped configuration with the addresses and paths of this machine."""
    text = (GATEWAY / "envoy.yaml").read_text()
    for path in ["/descriptors", "/etc/envoy"]:
        assert f" {path}/" in text, path
        text = text.replace(f" {path}/", f" {folder}/")
    config = yaml.safe_load(text)
    config["admin"]["address"]["socket_address"]["port_value"] = 0
    config["static_resources"]["listeners"][0]["address"]["socket_address"] = {"address": "127.0.0.1", "port_value": 0}
    clusters = config["static_resources"]["clusters"]
    assert [cluster["name"] for cluster in clusters] == ["ingest", "evaluation", "reporting"]
    for cluster, (host, port) in zip(clusters, services):
        endpoint = cluster["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]
        endpoint["address"]["socket_address"] = {"address": host, "port_value": port}
    (folder / "envoy.yaml").write_text(yaml.safe_dump(config))
    for name in ["certificate.yaml", "client.yaml", "services.yaml"]:
        text = (GATEWAY / name).read_text().replace(" /certificate", f" {folder}")
        (folder / name).write_text(text.replace(" /client-certificate", f" {folder}/client"))
    (folder / "fields.lua").write_text((GATEWAY / "fields.lua").read_text())


def self_signed(folder):
    """One certificate for the gateway and the services, which is its own authority."""
    services = ",".join(f"DNS:junheng-{name}-headless" for name in ["ingest", "evaluation", "reporting"])
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        + ["-subj", "/CN=localhost", "-addext", f"subjectAltName=DNS:localhost,{services}"]
        + ["-keyout", f"{folder}/tls.key", "-out", f"{folder}/tls.crt"],
        check=True,
        stderr=subprocess.DEVNULL,
    )
    (folder / "tls.key").chmod(0o600)
    (folder / "ca.crt").write_bytes((folder / "tls.crt").read_bytes())


def client_certificate(folder):
    """What the gateway shows to the services, of the same authority."""
    own = folder / "client"
    own.mkdir()
    openssl = ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=junheng-gateway"]
    openssl += ["-addext", "subjectAltName=DNS:junheng-gateway", "-addext", "extendedKeyUsage=clientAuth"]
    subprocess.run(openssl + ["-keyout", own / "tls.key", "-out", own / "request"], check=True, stderr=subprocess.DEVNULL)
    sign = ["openssl", "x509", "-req", "-in", own / "request", "-CA", folder / "tls.crt", "-CAkey", folder / "tls.key", "-days", "2"]
    subprocess.run(sign + ["-copy_extensions", "copy", "-out", own / "tls.crt"], check=True, stderr=subprocess.DEVNULL)


def listener(folder, gateway):
    """The port that Envoy's listener got, once it serves."""

    def ask():
        if gateway.poll() is not None:
            raise SystemExit("the gateway does not start")
        with contextlib.suppress(OSError, ValueError, KeyError, IndexError, http.client.HTTPException):
            host, port = (folder / "admin").read_text().rsplit(":", 1)
            connection = http.client.HTTPConnection(host, int(port), timeout=5)
            connection.request("GET", "/ready")
            if connection.getresponse().read() != b"LIVE\n":
                return None
            connection.request("GET", "/listeners?format=json")
            statuses = json.loads(connection.getresponse().read())["listener_statuses"]
            return statuses[0]["local_address"]["socket_address"]["port_value"]

    return eventually("the gateway's start", ask)


class Caller:
    """A web client that knows HTTPS, JSON and its token, and nothing else."""

    def __init__(self, port, authority, token):
        self.port, self.tls = port, ssl.create_default_context(cafile=authority)
        self.headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}

    def request(self, path, body):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        connection = http.client.HTTPSConnection("localhost", self.port, timeout=PATIENCE, context=self.tls)
        connection.request("POST", path, data, self.headers)
        response = connection.getresponse()
        return response.status, response.read().decode()

    def post(self, path, body, expected=200):
        status, text = self.request(path, body)
        assert status == expected, f"{path}: {status}, expected {expected}: {text[:2000]}"
        return text

    def ask(self, path, body, expected=200):
        return json.loads(self.post(path, body, expected))


def api(folder):
    """Every service of the API, and every field of a submission, by both its names."""
    files = FileDescriptorSet.FromString((folder / "junheng.pb").read_bytes()).file
    files = [file for file in files if file.package.startswith("junheng.")]
    services = {f"{file.package}.{service.name}" for file in files for service in file.service}
    messages = {f".{file.package}.{message.name}": message for file in files for message in file.message_type}
    wanted = [".junheng.ingest.v1.SubmitMonthRequest", ".junheng.ingest.v1.SubmitMonthsRequest"]
    fields = set()
    for name in wanted:
        for field in messages[name].field:
            fields |= {field.name, field.json_name}
            if field.type_name in messages and field.type_name not in wanted:
                wanted.append(field.type_name)
    return services, fields


def configured():
    """The services that the transcoder knows, and the fields that the gateway lets through."""
    config = yaml.safe_load((GATEWAY / "envoy.yaml").read_text())
    manager = config["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
    filters = {one["name"]: one["typed_config"] for one in manager["http_filters"]}
    listed = (GATEWAY / "fields.lua").read_text().split("ipairs({", 1)[1].split("})", 1)[0]
    return set(filters["envoy.filters.http.grpc_json_transcoder"]["services"]), set(re.findall(r'"(\w+)"', listed))


def routed():
    """The services that a Gateway of the Gateway API is told to route."""
    routes = yaml.safe_load((ROOT / "deploy/kubernetes/components/grpc-routes/routes.yaml").read_text())
    return {match["method"]["service"] for rule in routes["spec"]["rules"] for match in rule["matches"]}


def walk(caller):
    regions = [("210000", "示例省"), ("219900", "示例市"), ("219999", "检验县")]
    regions = [{"name": f"regions/{code}", "displayName": name} for code, name in regions]
    caller.ask(f"{INGEST}.RegistryService/ImportRegions", {"requestId": "r", "regions": regions})
    school = {"name": "regions/219999/schools/2121999901", "displayName": "第一小学", "schoolType": "211"}
    schools = {"requestId": "s", "parent": "regions/219999", "schools": [school]}
    caller.ask(f"{INGEST}.RegistryService/ImportSchools", schools)

    submit = f"{INGEST}.SubmissionService/SubmitMonth"
    month = {"region": "regions/219999", "month": "2024-12", "requestId": "one"}
    month["schools"] = [{"schoolCode": "2121999901", "books": 5120, "pupils_primary": 0, "teachingAreaM2": 4321.5}]
    declared = {"declaration": True, "declaredOn": "2024-12-29", "declaredBy": "县教育局", "evidence": 'a "quoted": word \\'}
    month["items"] = [{"item": "G1", "operand": "declared_met"} | declared]
    refused = caller.ask(submit, month | {"month": "2024-13"}, 400)
    details = {detail["@type"].rsplit("/", 1)[1]: detail for detail in refused["details"]}
    assert refused["code"] == 3 and details["google.rpc.ErrorInfo"]["domain"] == "junheng", refused
    fields = [fault["field"] for fault in details["google.rpc.BadRequest"]["fieldViolations"]]
    assert fields == ["month"] and details["google.rpc.LocalizedMessage"]["locale"] == "zh-CN", refused
    caller.post(submit, b'{"region": ', 400)
    for body in [month | {"bokks": 1}, month | {"schools": [{"schoolCode": "2121999901", "\\": 1}]}]:
        refused = caller.ask(submit, body, 400)
        assert refused["code"] == 3 and refused["details"][0]["reason"] == "INVALID_FIELD", refused
        assert "is unknown" in refused["message"], refused
    caller.post(f"{INGEST}.SubmissionService/NoSuchMethod", {}, 404)
    caller.post("/", {}, 404)

    answer = caller.ask(submit, month)
    assert "receipt" in answer, json.dumps(answer, ensure_ascii=False)[:2000]
    assert answer["receipt"]["submission"] == "regions/219999/submissions/2024-12.1", answer
    assert caller.ask(submit, month) == answer, "the same request did not get the same answer"

    name = "regions/219999/evaluations/2024-12.national-quality-2017"
    evaluation = eventually("the evaluation", lambda: stored(caller, name))
    assert evaluation["evaluation"]["name"] == name, str(evaluation)[:500]

    province = {"region": "regions/210000", "month": "2024-12", "standard": "standards/national-quality-2017"}
    lines = caller.post(f"{EVALUATION}.EvaluationService/EvaluateProvince", province).splitlines()
    assert lines and all(json.loads(line) for line in lines), lines


def stored(caller, name):
    """The evaluation, or nothing as long as there is none."""
    status, text = caller.request(f"{EVALUATION}.EvaluationService/GetEvaluation", {"name": name})
    assert status in (200, 404), text
    return json.loads(text) if status == 200 else None


def main(program, envoy, buf):
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        folder = pathlib.Path(folder)
        settings = [f"database.url=sqlite://{folder}/junheng.db?mode=rwc", "log.format=json"]
        self_signed(folder)
        client_certificate(folder)
        settings += [f"tls.certificate={folder}/tls.crt", f"tls.key={folder}/tls.key"]
        settings += [f"tls.client_ca={folder}/ca.crt", "tls.require_client_certificate=true"]
        issue = [program, "token", "--key", folder / "issuer.key", "--jwks", folder / "jwks.json", "--region", "210000"]
        issue += ["--role", "operator", "--role", "city_reporter"]
        token = subprocess.run(issue, check=True, capture_output=True, text=True).stdout.strip()
        settings += ["access.issuer=junheng-development", "access.audience=junheng", f"access.jwks={folder}/jwks.json"]
        settings += free_ports()
        serve = [program, "serve"] + [word for setting in settings for word in ("--set", setting)]
        suite = stack.enter_context(running(serve, stderr=subprocess.PIPE, text=True))
        services = addresses(suite)
        subprocess.run([program, "descriptors", "-o", folder / "junheng.pb"], check=True, stderr=subprocess.DEVNULL)
        for named, offered in zip(configured(), api(folder)):
            assert named == offered, f"the gateway and the API differ in {sorted(named ^ offered)}"
        assert routed() == configured()[0], f"the routes and the API differ in {sorted(routed() ^ configured()[0])}"
        written(folder, services)
        log = stack.enter_context((folder / "log").open("w"))
        command = [envoy, "-c", folder / "envoy.yaml", "--admin-address-path", folder / "admin"]
        command += ["--disable-hot-restart", "--concurrency", "1", "--log-level", "warn"]
        gateway = stack.enter_context(running(command, stdout=log, stderr=subprocess.STDOUT))
        try:
            port = listener(folder, gateway)
            stranger = Caller(port, folder / "tls.crt", "nobody")
            refused = stranger.ask(f"{INGEST}.RegistryService/GetSchool", {}, 401)
            assert refused["code"] == 16, refused
            walk(Caller(port, folder / "tls.crt", token))
            url = f"https://localhost:{port}{INGEST}.RegistryService/GetSchool"
            curl = [buf, "curl", "--protocol", "grpc", "--cacert", folder / "tls.crt", "--schema", "proto"]
            curl += ["-H", f"authorization: Bearer {token}"]
            curl += ["-d", '{"name": "regions/219999/schools/2121999901"}']
            said = subprocess.run(curl + [url], capture_output=True, text=True)
            assert said.returncode == 0 and "第一小学" in said.stdout, said
            # Past the gateway nobody gets in who has no certificate, and with one it is the token that counts.
            direct = [f"https://127.0.0.1:{services[0][1]}{INGEST}.RegistryService/GetSchool", "--servername", "junheng-ingest-headless"]
            said = subprocess.run(curl + direct, capture_output=True, text=True)
            assert said.returncode and "第一小学" not in said.stdout, said
            own = ["--cert", folder / "client/tls.crt", "--key", folder / "client/tls.key"]
            said = subprocess.run(curl + own + direct, capture_output=True, text=True)
            assert said.returncode == 0 and "第一小学" in said.stdout, said
        except BaseException:
            print((folder / "log").read_text()[-4000:], file=sys.stderr)
            raise
    print("gateway: behind tokens and TLS on both sides a month was submitted and its evaluation read as JSON, and gRPC went through")


if __name__ == "__main__":
    main(*sys.argv[1:])
