#!/bin/sh
# Runs the nightly dump of deploy/kubernetes and the job that restores it as they are written there, in the clear and encrypted, on a private
# PostgreSQL with the roles of a cluster. Usage: backup.sh PROGRAM PYTHON, as root, in the root of the repository.
set -eu
program=$(readlink -f "$1")
python=$2
binaries=$(dirname "$(ls -d /usr/lib/postgresql/*/bin/initdb | sort -V | tail -n 1)")
PATH=$binaries:$PATH
folder=$(mktemp -d /tmp/junheng-backup-XXXXXX)
chown postgres "$folder" && chmod 0755 "$folder"
runuser -u postgres -- "$binaries/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync > /dev/null
printf "listen_addresses=''\nunix_socket_directories='%s'\nfsync=off\n" "$folder" >> "$folder/data/postgresql.conf"
runuser -u postgres -- "$binaries/pg_ctl" -D "$folder/data" -l "$folder/log" -w start > /dev/null
trap 'for home in "$folder/home" "$folder"/scratch/*; do ! test -d "$home" || gpgconf --homedir "$home" --kill all; done; runuser -u postgres -- "$binaries/pg_ctl" -D "$folder/data" -m immediate -w stop > /dev/null; rm -rf "$folder"' EXIT

url() { echo "postgres://$1@localhost/junheng?host=$folder"; }
run() { psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }
JUNHENG_OWNER_PASSWORD=owner JUNHENG_DATABASE_PASSWORD=service run -U postgres -h "$folder" -f deploy/postgresql/roles.sql \
  -c "CREATE ROLE junheng_backup LOGIN BYPASSRLS IN ROLE pg_read_all_data"
"$program" migrate --database "$(url junheng_owner)"
# Rows that not even the owner of their table sees.
run -d "$(url junheng_owner)" -c "CREATE TABLE hidden (county_code text, value int)" -c "GRANT SELECT ON hidden TO junheng_service" \
  -c "INSERT INTO hidden SELECT '210922', g FROM generate_series(1, 1000) g" \
  -c "ALTER TABLE hidden ENABLE ROW LEVEL SECURITY" -c "ALTER TABLE hidden FORCE ROW LEVEL SECURITY" \
  -c "CREATE POLICY scope ON hidden USING (county_code = nullif(current_setting('junheng.scope', true), ''))"
test "$(run -d "$(url junheng_owner)" -c 'SELECT count(*) FROM hidden')" = 0

mkdir "$folder/backups"
"$python" - "$folder" <<'P'
import sys, yaml

for name, kind in [("backup", "CronJob"), ("restore", "Job")]:
    with open(f"deploy/kubernetes/components/backup/{name}.yaml", encoding="utf-8") as file:
        job = [document for document in yaml.safe_load_all(file) if document["kind"] == kind][0]
    template = job["spec"].get("jobTemplate", job)["spec"]["template"]
    *shell, script = template["spec"]["containers"][0]["command"]
    assert shell == ["/bin/bash", "-euo", "pipefail", "-c"], shell
    with open(f"{sys.argv[1]}/{name}.sh", "w", encoding="utf-8") as file:
        file.write(script.replace("/backups", f"{sys.argv[1]}/backups").replace("/etc/junheng-restore-key", f"{sys.argv[1]}/keys"))
P
# Older ones than the fourteen that are kept.
for day in 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15; do
  touch -d "2024-12-$day" "$folder/backups/junheng-202412${day}T183000Z.dump"
done
# What was cut off in another night is no dump, and goes; one that is being written stays.
touch -d "2024-12-16" "$folder/backups/junheng-20241216T183000Z.dump.part"
touch "$folder/backups/junheng-20241217T183000Z.dump.gpg.part"
script() { bash -euo pipefail "$folder/$1.sh"; }
night() { DATABASE_URL=$(url junheng_backup) script backup; }
dumps() { find "$folder/backups" -name '*.dump' -o -name '*.dump.gpg'; }
night
test "$(dumps | wc -l)" = 14
test "$(cd "$folder/backups" && echo *.part)" = junheng-20241217T183000Z.dump.gpg.part

restored() {
  run -d "$(url postgres)" -c "TRUNCATE hidden"
  DUMP="" DATABASE_URL=$(url junheng_owner) script restore
  "$program" migrate --database "$(url junheng_owner)"
  test "$(run -d "$(url postgres)" -c 'SELECT count(*) FROM hidden')" = 1000
  test "$(run -d "$(url junheng_owner)" -c 'SELECT count(*) FROM hidden')" = 0
  test "$(run -d "$(url postgres)" -c "SELECT relowner::regrole FROM pg_class WHERE relname = 'hidden'")" = junheng_owner
  test "$(run -d "$(url postgres)" -c "SELECT has_table_privilege('junheng', 'hidden', 'SELECT')")" = t
}
restored

# Encrypted, for a key whose private half the job does not have.
mkdir -m 0700 "$folder/keys" "$folder/home" "$folder/scratch"
export TMPDIR="$folder/scratch"
gpg="gpg --homedir $folder/home --batch --quiet"
$gpg --passphrase "" --quick-generate-key backup future-default default never
$gpg --armor --export backup > "$folder/keys/public.asc"
# Younger than the dump before, by its name.
sleep 1
RECIPIENT=$folder/keys/public.asc night
newest=$(dumps | sort | tail -n 1)
case $newest in *.dump.gpg) ;; *) exit 1 ;; esac
test "$(dumps | wc -l)" = 14
if pg_restore --list "$newest" > /dev/null 2>&1 || grep -q PGDMP "$newest"; then echo "$newest is in the clear" >&2 && exit 1; fi
if DUMP="" DATABASE_URL=$(url junheng_owner) script restore 2> /dev/null; then echo "restored without the key" >&2 && exit 1; fi
$gpg --armor --export-secret-keys backup > "$folder/keys/private.asc"
restored
# One that was cut off is not begun with.
head -c 20000 "$newest" > "$folder/backups/junheng-29991231T000000Z.dump.gpg"
if DUMP="" DATABASE_URL=$(url junheng_owner) script restore 2> /dev/null; then echo "restored a half" >&2 && exit 1; fi
rm "$folder/backups/junheng-29991231T000000Z.dump.gpg"
test "$(run -d "$(url postgres)" -c 'SELECT count(*) FROM hidden')" = 1000
# Nor is a dump kept that pg_dump did not finish.
before=$(dumps)
if RECIPIENT=$folder/keys/public.asc DATABASE_URL=$(url nobody) script backup 2> /dev/null; then echo "kept a failed dump" >&2 && exit 1; fi
test "$(dumps)" = "$before"
echo "backup: the dump of a night was restored with its rows, their policies, owners and grants, in the clear and encrypted"
