#!/bin/sh
# Puts Duban onto this machine for systemd: code, environment, page, user, units. Run it again to put in a new version.
#   deploy/systemd/install.sh [--root DIR] [--files-only]
# --root puts everything below another directory (of an image, or to look at it); --files-only leaves out the
# environment and the page, which need the package registries (or their mirrors) of this machine.
set -eu

root=
files_only=
while [ $# -gt 0 ]; do
    case "$1" in
        --root) root="${2:?--root needs a directory}"; shift 2 ;;
        --files-only) files_only=yes; shift ;;
        *) echo "usage: $0 [--root DIR] [--files-only]" >&2; exit 2 ;;
    esac
done
here="$(cd "$(dirname "$0")" && pwd)"
checkout="$(cd "$here/../.." && pwd)"
opt="$root/opt/duban"
etc="$root/etc/duban"

# The code beside the old one, then in its place: a process that starts meanwhile finds the one or the other.
new="$opt/code.new"
rm -rf "$new"
install -d -m 755 "$opt" "$new/deploy" "$new/docs"
for part in libs services; do
    (cd "$checkout" && tar -cf - --exclude=node_modules --exclude=__pycache__ --exclude=services/console/web "$part") | tar -xf - -C "$new"
done
install -d "$new/deploy/systemd"
install -m 644 "$checkout/deploy/__init__.py" "$new/deploy/__init__.py"
install -m 644 "$here/__init__.py" "$here/dump.py" "$new/deploy/systemd/"
install -m 644 "$checkout/docs/deploy.md" "$new/docs/deploy.md"
rm -rf "$opt/code.old"
if [ -d "$opt/code" ]; then mv "$opt/code" "$opt/code.old"; fi
mv "$new" "$opt/code"
rm -rf "$opt/code.old"

if [ -z "$files_only" ]; then
    [ -x "$opt/environment/bin/python" ] || python3 -m venv "$opt/environment"
    "$opt/environment/bin/python" -m pip install --disable-pip-version-check --require-hashes \
        --requirement "$checkout/requirements/runtime.txt"
    (cd "$checkout" && make console)
    built="$(cd "$checkout" && .venv/bin/python -m deploy.local.console build >/dev/null \
        && .venv/bin/python -c 'from deploy.local.console import built_console; print(built_console())')"
    rm -rf "$opt/console.new"
    cp -R "$built" "$opt/console.new"
    rm -rf "$opt/console"
    mv "$opt/console.new" "$opt/console"
fi

install -d -m 755 "$root/etc/systemd/system" "$root/usr/lib/sysusers.d" "$etc"
install -d -m 700 "$etc/secrets"
cp -R "$here/units/." "$root/etc/systemd/system/"
install -m 644 "$here/sysusers.conf" "$root/usr/lib/sysusers.d/duban.conf"
# What the site wrote stays.
[ -e "$etc/duban.env" ] || install -m 644 "$here/example.env" "$etc/duban.env"
if [ ! -e "$etc/secrets/secret-key" ]; then
    (umask 077; od -An -N32 -tx1 /dev/urandom | tr -d ' \n' > "$etc/secrets/secret-key")
fi

if [ -z "$root" ]; then
    systemd-sysusers
    systemctl daemon-reload
    echo "Next: /etc/duban/duban.env and the files of /etc/duban/secrets (docs/deploy.md), then"
    echo "  systemctl enable --now duban.target"
fi
