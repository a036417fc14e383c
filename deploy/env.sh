#!/bin/sh
# Makes `.env` for docker-compose.yml out of `.env.example`, with secrets drawn here. Leaves a `.env` that is there alone.
set -eu
cd "$(dirname "$0")/.."
if [ -e .env ]; then
    echo ".env is there already; remove it first to begin anew (the databases keep the passwords they were made with)" >&2
    exit 1
fi
umask 077
secret() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
while IFS= read -r line; do
    case $line in
        *=) printf '%s%s\n' "$line" "$(secret)" ;;
        *) printf '%s\n' "$line" ;;
    esac
done < .env.example > .env.new
mv .env.new .env
echo "made .env; the password of the example users is in it, as SEED_PASSWORD"
