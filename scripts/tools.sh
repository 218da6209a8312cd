# shellcheck shell=sh
# Finds the tools that the scripts beside it need, and installs what is missing on Debian. Sourced, not run.

target=aarch64-unknown-none-softfloat

# Where the emulator is unpacked if its package cannot be installed; last on the path, so that any other comes first.
beside=${CARGO_TARGET_DIR:-$root/target}/emulator
export PATH="$PATH:$beside"
# The file by which such a directory is known to be this script's own.
mark=unpacked-by-afdbm

# prepare PURPOSE WORD...: returns with CARGO (and for Debian's compiler RUSTC and its siblings) exported and every
# tool for PURPOSE (run, test, debug) there; or says what is missing and exits with 2. The WORDs are the script's.
prepare() {
    purpose=$1
    shift
    may_install=yes
    emulator=yes
    kernel=yes
    for word; do
        case $word in
        --help) show_help ;;
        --no-install) may_install=no ;;
        --qemu | --qemu=*) emulator=no ;;
        --serial | --serial=*) emulator=no kernel=no ;;
        --list) emulator=no kernel=no ;;
        --machines) purpose=machines ;;
        --) break ;;
        esac
    done
    is_writable
    packages=
    reasons=
    look
    if [ -n "$packages" ]; then
        install_packages
        packages=
        reasons=
        look
        [ -z "$packages" ] || give_up "still missing after the installation:"
    fi
}

# show_help: the options, from a file that a test holds against the program: there is nothing to build for it.
show_help() {
    cat "$root/docs/help.txt"
    exit 0
}

# is_writable: a checkout that cannot be written to builds elsewhere.
is_writable() {
    [ -n "${CARGO_TARGET_DIR:-}" ] || [ -w "$root" ] || [ -w "$root/target" ] && return
    echo "$root cannot be written to; CARGO_TARGET_DIR=DIR names a directory to build in" >&2
    exit 2
}

# look: collects in $packages and $reasons what is missing.
look() {
    if ! find_toolchain; then
        want "rustc-web cargo-web rust-web-src lld" "the Rust compiler, the sources of its core library, a linker"
    fi
    if [ ! -e /etc/ssl/certs/ca-certificates.crt ] && command -v apt-get >/dev/null; then
        want ca-certificates "cargo fetches the crates over TLS"
    fi
    if [ $emulator = yes ] && ! command -v qemu-system-aarch64 >/dev/null; then
        want qemu-system-arm "the emulator that boots the kernel"
    fi
    case $purpose in
    machines)
        want_file /usr/share/qemu-efi-aarch64/QEMU_EFI.fd qemu-efi-aarch64 "machines boot by a UEFI"
        want_file /usr/lib/u-boot/qemu_arm64/u-boot.bin u-boot-qemu "machines boot by U-Boot"
        ;;
    test)
        want_file /usr/share/qemu-efi-aarch64/QEMU_EFI.fd qemu-efi-aarch64 "the tests boot by a UEFI"
        has_component cargo-clippy || want rust-web-clippy "the tests lint the code"
        has_component cargo-fmt || want rustfmt-web "the tests check the format of the code"
        command -v prove >/dev/null || want perl "the tests let prove read the log"
        ;;
    debug)
        if [ -z "${GDB:-}" ] && ! command -v gdb-multiarch >/dev/null &&
            ! gdb -nx -batch -ex "set architecture aarch64" >/dev/null 2>&1; then
            want gdb-multiarch "the debugger"
        fi
        ;;
    esac
}

want() {
    packages="$packages $1"
    reasons="$reasons
  $1: $2"
}

# want_file FILE PACKAGE REASON: on Debian; elsewhere the tests that need the file are left out.
want_file() {
    [ -e "$1" ] || ! command -v apt-get >/dev/null || want "$2" "$3"
}

# find_toolchain: the user's own, if it can build the kernel, else Debian's.
find_toolchain() {
    if usable "${CARGO:-cargo}" "${RUSTC:-rustc}"; then
        export CARGO="${CARGO:-cargo}"
        return
    fi
    usable /usr/bin/cargo /usr/bin/rustc || return
    # By path: rustup's tools of the same names may come first on PATH, and belong to another compiler.
    export CARGO=/usr/bin/cargo RUSTC=/usr/bin/rustc RUSTDOC=/usr/bin/rustdoc RUSTFMT=/usr/bin/rustfmt
}

# usable CARGO RUSTC: new enough, and with the kernel's core library or its sources and a linker.
usable() {
    least=$(sed -n 's/^rust-version = "1\.\([0-9]*\)"$/\1/p' "$root/Cargo.toml")
    minor=$("$2" --version 2>/dev/null | sed -n 's/^rustc 1\.\([0-9]*\)\..*/\1/p')
    [ "${minor:-0}" -ge "$least" ] && "$1" --version >/dev/null 2>&1 || return
    # To list the cases nothing is built for the kernel's target.
    [ "$kernel" = yes ] || return 0
    library=$("$2" --print sysroot)/lib/rustlib
    [ -d "$library/$target/lib" ] && return
    [ -f "$library/src/rust/library/core/Cargo.toml" ] || return
    command -v ld.lld >/dev/null || ls "$library"/*/bin/rust-lld >/dev/null 2>&1
}

# has_component TOOL: whether the tool stands beside cargo and works; without a toolchain both are missing.
has_component() {
    cargo_path=$(command -v "${CARGO:-/nowhere}") || return
    "$(dirname "$cargo_path")/$1" --version >/dev/null 2>&1
}

install_packages() {
    [ $may_install = yes ] || give_up "missing, and not installed as asked:"
    command -v apt-get >/dev/null || give_up "missing:"
    as_root=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || give_up "missing, and only root could install it; as root:
  apt-get install --no-install-recommends$packages
what each is for:"
        as_root=sudo
    fi
    # Old lists name packages that are no longer there; without a network the installation itself will tell.
    apt_get update || echo "apt-get update failed; going on with the lists that are there" >&2
    is_offered
    echo "installing:$reasons" >&2
    apt_install "$packages" || install_around_emulator || give_up "apt-get could not install:"
}

# is_offered: whether the compiler that apt has is new enough, before anything is fetched.
is_offered() {
    case $packages in *rustc-web*) ;; *) return 0 ;; esac
    command -v apt-cache >/dev/null || return 0
    offered=$(apt-cache policy rustc-web | sed -n 's/^ *Candidate: *//p')
    minor=$(echo "$offered" | sed -n 's/^1\.\([0-9]*\)\..*/\1/p')
    [ -n "$minor" ] && [ "$minor" -lt "$least" ] || return 0
    give_up "apt has rustc-web $offered, and 1.$least is needed: Debian's security suite has a newer one
  (deb http://security.debian.org/debian-security bookworm-security main), and so has rustup; missing:"
}

# apt_get WORD...: as apt-get, once no other package manager is at work: it is waited for, half an hour at most.
apt_get() {
    waits=0
    while :; do
        { problem=$($as_root env LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get -q "$@" 2>&1 >&3) && return; } 3>&2
        echo "$problem" >&2
        case $problem in *"Could not get lock"*) ;; *) return 1 ;; esac
        waits=$((waits + 1))
        [ $waits -le 180 ] || return 1
        echo "another package manager is at work: trying again in 10 s" >&2
        sleep 10
    done
}

# apt_install NAMES: installs them, and removes nothing for it.
apt_install() {
    # shellcheck disable=SC2086
    apt_get install -y --no-remove --no-install-recommends $1
}

# install_around_emulator: where a package that is there excludes the emulator's (its utilities from backports do),
# installs what else is missing and what the emulator needs, and unpacks the emulator itself.
install_around_emulator() {
    case $packages in *qemu-system-arm*) ;; *) return 1 ;; esac
    command -v apt-cache >/dev/null && command -v dpkg-deb >/dev/null || return
    emulator_packages="qemu-system-arm qemu-system-common qemu-system-data"
    # shellcheck disable=SC2086
    needed=$(apt-cache depends $emulator_packages | sed -n '/^  Depends: [^<]/ { s/^  Depends: //; /^qemu-/!p; }')
    [ -n "$needed" ] || return
    echo "apt-get would remove a package for qemu-system-arm: unpacking it into $beside" >&2
    rest=
    for package in $packages; do
        [ "$package" = qemu-system-arm ] || rest="$rest $package"
    done
    apt_install "$rest $needed" && unpack_emulator
}

# unpack_emulator: puts the emulator, and a program that starts it from there, into $beside, all of it at once: another
# first run may be doing the same.
unpack_emulator() {
    if [ -e "$beside" ] && [ ! -e "$beside/$mark" ]; then
        echo "$beside is there, and this script did not make it: it would be in the way of the emulator" >&2
        return 1
    fi
    fresh=$beside.$$
    unpack_into_fresh && put_in_place
    unpacked=$?
    rm -rf "$fresh"
    return $unpacked
}

unpack_into_fresh() {
    mkdir -p "$fresh/packages" && : >"$fresh/$mark" || return
    # shellcheck disable=SC2086
    (cd "$fresh/packages" && apt-get download -q $emulator_packages >&2) || return
    for package in "$fresh"/packages/*.deb; do
        dpkg-deb --extract "$package" "$fresh" || return
    done
    rm -r "$fresh/packages"
    cat >"$fresh/qemu-system-aarch64" <<'END' && chmod +x "$fresh/qemu-system-aarch64"
#!/bin/sh
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
for modules in "$here"/usr/lib/*/qemu; do export QEMU_MODULE_DIR="$modules"; done
exec "$here/usr/bin/qemu-system-aarch64" -L "$here/usr/share/qemu" "$@"
END
}

# put_in_place: unless another run was faster.
put_in_place() {
    [ -x "$beside/qemu-system-aarch64" ] || rm -rf "$beside"
    mv -T "$fresh" "$beside" 2>/dev/null || [ -x "$beside/qemu-system-aarch64" ]
}

give_up() {
    cat >&2 <<END
$1$reasons
the names above are Debian's; elsewhere:
  Rust: https://rustup.rs, then rustup target add $target
        (for the tests also rustup component add clippy rustfmt)
  QEMU: dnf install qemu-system-aarch64-core, pacman -S qemu-system-aarch64, brew install qemu
  gdb:  dnf install gdb, pacman -S gdb, brew install gdb
END
    exit 2
}

# xtask COMMAND WORD...: becomes the host program, built first, in the caller's directory.
xtask() {
    of_xtask="--quiet --locked --package xtask --target host-tuple"
    # On its own first: what cargo ends with must not be taken for a verdict.
    # shellcheck disable=SC2086
    "$CARGO" build $of_xtask --manifest-path "$root/Cargo.toml" || exit 2
    # shellcheck disable=SC2086
    exec "$CARGO" run $of_xtask --manifest-path "$root/Cargo.toml" -- "$@"
}
