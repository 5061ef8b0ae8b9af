#!/usr/bin/env bash
# Sets the stage for tests/e2e: a Docker engine, a small base image, the SAM CLI
# in a virtual environment of its own. Uses what there is; as root on Debian it
# installs what is missing. E2E_IMAGE=... takes another base image instead.
set -euo pipefail
cd "$(dirname "$0")/.."

sam_version=1.170.0
venv=.venv-e2e
work=$(mktemp -d)
log=$work/log
export TMPDIR=$work # SAM leaves files in the folder for temporary ones
dockerd=
image=

fail() {
  [ ! -s "$log" ] || { echo "--- the last lines of what was tried:"; tail -n 15 "$log"; echo "---"; } >&2
  printf 'make e2e cannot run: %s\n' "$*" >&2
  exit 1
}

clean() {
  status=$?
  trap - EXIT INT TERM
  if [ -n "$image" ]; then
    # Only containers of this run: the image's name is its own.
    docker ps -aq --filter "ancestor=$image:rapid-x86_64" | xargs -r docker rm -f >/dev/null 2>&1 || true
    docker rmi -f "$image:rapid-x86_64" "$image:x86_64" >/dev/null 2>&1 || true
  fi
  if [ -n "$dockerd" ]; then
    kill "$dockerd" 2>/dev/null || true
    wait "$dockerd" 2>/dev/null || true
  fi
  rm -rf "$work"
  exit "$status"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

has() { command -v "$1" >/dev/null 2>&1; }
is_root() { [ "$(id -u)" = 0 ]; }
can_install() { is_root && has apt-get; }

# Lists of packages may be missing or old: fetch them when it does not work without.
apt() { DEBIAN_FRONTEND=noninteractive apt-get "$@" >>"$log" 2>&1 || { apt-get update >>"$log" 2>&1 && DEBIAN_FRONTEND=noninteractive apt-get "$@" >>"$log" 2>&1; }; }

# --- Docker ---

engine_answers() { has docker && docker version >/dev/null 2>&1; } # asks the engine, too

start_engine() {
  # cgroup v1 without systemd: nobody else mounts them. v2 needs nothing.
  if [ ! -e /sys/fs/cgroup/cgroup.controllers ] && ! mountpoint -q /sys/fs/cgroup/memory && has cgroupfs-mount; then cgroupfs-mount; fi
  dockerd >>"$log" 2>&1 &
  dockerd=$!
  for _ in $(seq 120); do
    ! engine_answers || return 0
    kill -0 "$dockerd" 2>/dev/null || break
    sleep 0.5
  done
  fail "Docker's engine (dockerd) was started here but does not answer. Start it yourself, then try again."
}

need_docker() {
  ! engine_answers || return 0
  [ -z "${DOCKER_HOST:-}" ] || fail "no Docker engine answers at DOCKER_HOST=$DOCKER_HOST. Start it there, or unset DOCKER_HOST."
  if has docker && [[ $(docker version 2>&1) == *'permission denied'* ]]; then
    fail "the Docker engine does not let $(id -un) in. Join its group (sudo usermod -aG docker $(id -un), then log in again), or run this as root."
  fi
  is_root || fail "there is no running Docker engine, and only root can install and start one. Start yours (sudo systemctl start docker), install it (https://docs.docker.com/engine/install/), or run this as root on Debian."
  if ! has docker || ! has dockerd; then
    has apt-get || fail "there is no Docker engine, and no apt-get to install it with. Install it (https://docs.docker.com/engine/install/) and start it."
    echo "installing Docker's engine (Debian's docker.io)"
    apt install -y docker.io || fail "Debian's package docker.io could not be installed. Install a Docker engine and start it."
  fi
  echo "starting Docker's engine for this run"
  start_engine
}

# --- The base image: no more than a shell, in the place of AWS's, which is some 100 MB and needs a registry ---

need_image() {
  image=log-group-kms-e2e-$$
  if [ -n "${E2E_IMAGE:-}" ]; then
    docker image inspect "$E2E_IMAGE" >/dev/null 2>>"$log" || docker pull "$E2E_IMAGE" >>"$log" 2>&1 || fail "the image E2E_IMAGE=$E2E_IMAGE is not there and cannot be pulled."
    docker tag "$E2E_IMAGE" "$image:x86_64"
    return
  fi
  local root=$work/root command
  has apt-get || fail "the base image is made of a Debian package, and there is no apt-get here. Give an image: make e2e E2E_IMAGE=public.ecr.aws/lambda/provided:al2023-x86_64"
  chmod 755 "$work" # apt-get gives up root's rights to download
  (cd "$work" && apt download busybox-static:amd64) || fail "Debian's package busybox-static could not be downloaded. Give an image: make e2e E2E_IMAGE=public.ecr.aws/lambda/provided:al2023-x86_64"
  dpkg -x "$work"/busybox-static*.deb "$work/package"
  mkdir -p "$root"/{bin,tmp,opt,var/task,var/runtime,etc/ssl/certs}
  cp "$work/package/bin/busybox" "$root/bin/"
  for command in sh mv chmod cp rm ls cat env id; do ln -s busybox "$root/bin/$command"; done
  echo 'root:x:0:0:root:/:/bin/sh' >"$root/etc/passwd"
  echo 'root:x:0:' >"$root/etc/group"
  [ ! -f /etc/ssl/certs/ca-certificates.crt ] || cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
  chmod 755 "$root"
  chmod 1777 "$root/tmp"
  tar --numeric-owner --owner=0 --group=0 -C "$root" -c . | docker import --change 'WORKDIR /var/task' - "$image:x86_64" >>"$log" 2>&1 ||
    fail "Docker could not make the base image."
}

# --- The SAM CLI ---

need_sam() {
  if ! has python3 && can_install; then apt install -y python3 python3-venv || true; fi
  has python3 ||
    fail "the SAM CLI needs Python 3.10 or later, and there is no python3. Install it (apt-get install python3 python3-venv)."
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
    fail "the SAM CLI needs Python 3.10 or later, and python3 is $(python3 --version 2>&1 || true). Put a newer one first in PATH."
  [ "$(cat "$venv/done" 2>/dev/null)" = "$sam_version" ] || install_sam
  local emulator
  emulator=$(echo "$venv"/lib/python3*/site-packages/samcli/local/rapid/aws-lambda-rie-x86_64)
  [ "$(head -c 4 "$emulator" 2>/dev/null)" = $'\x7fELF' ] ||
    fail "the SAM CLI $sam_version has no Lambda runtime emulator (aws-lambda-rie-x86_64), without which it cannot run functions. Remove $venv and try again; if that does not help, its package has changed."
}

install_sam() {
  echo "installing the SAM CLI $sam_version into $venv (takes a minute or more)"
  rm -rf "$venv"
  python3 -m venv "$venv" >>"$log" 2>&1 || { rm -rf "$venv"; can_install && apt install -y python3-venv && python3 -m venv "$venv" >>"$log" 2>&1; } ||
    fail "python3 cannot make virtual environments. Install what it lacks (apt-get install python3-venv)."
  "$venv/bin/pip" install --quiet --disable-pip-version-check --no-input "aws-sam-cli==$sam_version" >>"$log" 2>&1 ||
    fail "the SAM CLI (aws-sam-cli==$sam_version) could not be installed from PyPI. Is PyPI in reach? If not, tell pip of a mirror (PIP_INDEX_URL) or of a folder of wheels (PIP_FIND_LINKS, PIP_NO_INDEX=1)."
  echo "$sam_version" >"$venv/done"
}

# What this run will do to the machine, before it does it.
announce() {
  echo "make e2e will use, or install and start:"
  if engine_answers; then
    echo "  Docker's engine   yours, which is running"
  elif has dockerd; then
    echo "  Docker's engine   started for this run, stopped afterwards"
  else
    echo "  Docker's engine   installed (Debian's package docker.io, some 300 MB; it stays) and started for this run"
  fi
  if [ -n "${E2E_IMAGE:-}" ]; then
    echo "  a base image      $E2E_IMAGE (E2E_IMAGE); it stays, containers are removed afterwards"
  else
    echo "  a base image      made of Debian's busybox, 2 MB; removed afterwards, with the containers"
  fi
  if [ "$(cat "$venv/done" 2>/dev/null)" = "$sam_version" ]; then
    echo "  the SAM CLI       $sam_version, which is in $venv"
  else
    echo "  the SAM CLI       $sam_version, installed into $venv (some 400 MB; it stays until make clean)"
  fi
}

has go || fail "there is no go. Install Go $(awk '$1 == "go" {print $2}' go.mod) or later (https://go.dev/dl/)."
[ "$(uname -sm)" = "Linux x86_64" ] || fail "this runs on x86-64 Linux only, and this is $(uname -sm). The README says how to try the function elsewhere."
announce
need_docker
: >"$log" # what went well need not be told when something later does not
need_image
: >"$log"
need_sam
go mod download # so that what SAM calls needs no network
bridge=$(docker network inspect bridge --format '{{index .Options "com.docker.network.bridge.name"}}' 2>>"$log") ||
  fail "Docker has no network 'bridge', over which containers reach this machine. Was the engine started with --bridge=none?"
"$venv/bin/sam" --version
docker version --format 'Docker engine {{.Server.Version}}'
go run ./tools/deploy -parameters "$(cat tests/e2e/parameters.txt)" parameters >/dev/null
"$venv/bin/python" tests/e2e/parameters.py .build/parameters/default.yaml .build/parameters/default.json
go run ./tests/e2e -bin "$venv/bin" -image "$image:x86_64" -bridge "${bridge:-docker0}" "$@"
echo "The SAM CLI is $venv/bin/sam; to use it: PATH=\$PWD/$venv/bin:\$PATH"
