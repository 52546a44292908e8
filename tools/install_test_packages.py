"""Installs what some tests need and only root can install; without root these tests are listed as not run."""

import os
import shutil
import subprocess

# The command that shows that a package is there, and the package.
PACKAGES = {
    "apt-ftparchive": "apt-utils",
    "btrfs": "btrfs-progs",
    "chromium": "chromium",
    "dbus-daemon": "dbus-daemon",
    "gpg": "gnupg",
    "ip": "iproute2",
    "mkfs.btrfs": "btrfs-progs",
    "openssl": "openssl",
    "podman": "podman",
    "ssh-keygen": "openssh-client",
    "systemd-analyze": "systemd",
}


def main() -> None:
    """Install the missing packages when root on a machine with apt; else say what will not run."""
    missing = sorted({package for command, package in PACKAGES.items() if shutil.which(command) is None})
    if not missing:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        print(f"not installed (needs root): {', '.join(missing)}; the tests that need them are listed as not run")
        return
    print(f"installing {', '.join(missing)} for the tests …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=True, env=environment)
    subprocess.run(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing],
        check=True,
        env=environment,
        stdout=subprocess.DEVNULL,
    )


if __name__ == "__main__":
    main()
