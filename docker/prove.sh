#!/bin/sh
# Takes the steps of docker/Dockerfile without Docker: builds in a bare Debian with a C compiler, runs
# in a second one without, as a user without rights. For machines that cannot pull images.
#
#   docker/prove.sh            needs root, debootstrap, a Rust toolchain of rustup; builds what is committed
set -eu

source=$(cd "$(dirname "$0")/.." && pwd)
place=$(mktemp -d "${TMPDIR:-/tmp}/rappel-image.XXXXXX")
build=$place/build run=$place/run
cargo_home=${CARGO_HOME:-$HOME/.cargo} rustup_home=${RUSTUP_HOME:-$HOME/.rustup}
port=${RAPPEL_PROVE_PORT:-5068}
path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mounts="$build/cargo $build/rustup $build/proc"

tidy() {
    for mount in $mounts; do
        if mountpoint -q "$mount"; then umount "$mount"; fi
    done
    # Never across a mount that would not go.
    rm -rf --one-file-system "$place"
}
trap tidy EXIT
trap 'exit 1' INT TERM

bare() { # FOLDER: what the images called debian:…-slim hold
    echo "prove: a bare Debian in $1"
    debootstrap --variant=minbase bookworm "$1" > "$1.log" 2>&1 || { tail "$1.log"; exit 1; }
    cp /etc/resolv.conf "$1/etc/"
}

in_build() {
    chroot "$build" /usr/bin/env -i HOME=/root CARGO_HOME=/cargo RUSTUP_HOME=/rustup \
        PATH="/cargo/bin:$path" DEBIAN_FRONTEND=noninteractive "$@"
}

become_rappel() { # replaces the shell, so that a signal reaches the engine
    exec chroot --userspec=rappel:rappel "$run" /usr/bin/env -i HOME=/var/lib/rappel PATH="$path" "$@"
}

as_rappel() (become_rappel "$@")

bare "$build"
mkdir -p "$build/cargo" "$build/rustup"
mount --bind "$cargo_home" "$build/cargo"
mount --bind "$rustup_home" "$build/rustup"
mount -t proc proc "$build/proc"
git clone -q "$source" "$build/src"
in_build apt-get update -q > /dev/null
in_build apt-get install -y -q --no-install-recommends ca-certificates gcc libc6-dev libopus-dev pkg-config > /dev/null
echo "prove: cargo xtask package"
in_build sh -c 'cd /src && cargo xtask package'

bare "$run"
chroot "$run" apt-get update -q > /dev/null
chroot "$run" /usr/bin/env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends libopus0 > /dev/null
chroot "$run" /usr/sbin/useradd --uid 5060 --home-dir /var/lib/rappel --create-home --shell /usr/sbin/nologin rappel
cp "$build/src/dist/rappel" "$run/usr/local/bin/rappel"
cp -r "$build/src/crates/shell/server/demo" "$run/etc/rappel"
# Ports of its own, so that an engine already running here is no obstacle.
sed -i -e "s/^port .*/port = $port/" -e 's/^ports .*/ports = "28000-28199"/' "$run/etc/rappel/rappel.toml"

echo "prove: as $(as_rappel id)"
as_rappel rappel --version
become_rappel rappel serve --config /etc/rappel --data /var/lib/rappel > "$place/serve.log" 2>&1 &
served=$!
answered=no
for _ in 1 2 3 4 5 6 7 8 9 10; do
    if as_rappel rappel ping --config /etc/rappel; then answered=yes; break; fi
    sleep 1
done
kill -TERM "$served" || true
if wait "$served" && [ "$answered" = yes ]; then
    echo "prove: it was built, it served, it stopped cleanly"
else
    cat "$place/serve.log"
    exit 1
fi
