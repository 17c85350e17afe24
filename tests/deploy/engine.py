"""podman with its images and containers in a folder, for tests that need no engine and no registry."""

import json
import os
import shutil
import subprocess
import time

PATIENCE = 120


def run(*command, **options):
    """What a command said; its failure ends the test."""
    words = [str(word) for word in command]
    said = subprocess.run(words, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, **options)
    if said.returncode:
        raise SystemExit(f"{' '.join(words)}: exit {said.returncode}\n{said.stdout[-3000:]}{said.stderr[-3000:]}")
    return said.stdout


def eventually(what, ask):
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.2)
    raise SystemExit(f"{what} did not happen within {PATIENCE} s")


class Engine:
    """podman with its images and containers in a folder."""

    def __init__(self, folder):
        self.folder = folder
        settings = folder / "containers.conf"
        # As root may not raise what it has, and as there may be neither systemd nor a cgroup hierarchy of the newer kind.
        settings.write_text(
            '[containers]\ndefault_ulimits = ["nofile=10000:10000", "nproc=1000:1000"]\n'
            '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
            f'[network]\nnetwork_backend = "netavark"\nnetwork_config_dir = "{folder}/networks"\n'
        )
        (folder / "storage.conf").write_text(
            f'[storage]\ndriver = "vfs"\ngraphroot = "{folder}/storage"\nrunroot = "{folder}/running"\n'
        )
        os.environ["CONTAINERS_CONF"] = str(settings)
        os.environ["CONTAINERS_STORAGE_CONF"] = str(folder / "storage.conf")
        os.environ["TMPDIR"] = str(folder)

    def __call__(self, *words, **options):
        return run("podman", *words, **options)

    def inspect(self, name):
        return json.loads(self("container", "inspect", name))[0]

    def close(self):
        for words in [["pod", "rm", "--all", "--force"], ["rm", "--all", "--force", "--time", "2"]]:
            subprocess.run(["podman", *words], capture_output=True, check=False)
        subprocess.run(["podman", "rmi", "--all", "--force"], capture_output=True, check=False)


def packed(engine, root, containerfile, tag):
    """An image of a root file system, by a Containerfile that adds rootfs.tar."""
    context = engine.folder / "context"
    context.mkdir()
    run("tar", "--create", "--file", context / "rootfs.tar", "--directory", root, ".")
    shutil.rmtree(root)
    (context / "Containerfile").write_text(containerfile)
    engine("build", "--isolation", "chroot", "--tag", tag, context)
    shutil.rmtree(context)
