#!/usr/bin/env bash
# fumarole cert: bad input, keys, an authority and its certificates, and connections that they decide about.
# shellcheck source=tests/tools/library.sh
source "$(dirname "$0")/library.sh"

expect 2 "$fumarole" cert
said "usage: fumarole cert ACTION"
expect 0 "$fumarole" cert --help
said "keygen"
expect 2 "$fumarole" cert keygne
said "Did you mean 'fumarole cert keygen'?"
for action in keygen authority request issue bundle inspect; do
    expect 0 "$fumarole" cert "$action" --help
    said "usage: fumarole cert $action"
done
expect 2 "$fumarole" cert keygen
said "FILE is missing"
expect 4 "$fumarole" cert keygen no/such/directory/key
said "cannot create"
expect 4 "$fumarole" cert authority missing
said "cannot open missing"
echo "not a key" >nonsense
expect 4 "$fumarole" cert authority nonsense
said "holds no private key"
expect 1 "$fumarole" cert inspect nonsense
said "holds no key, no certificate and no request"
head -c 100000 /dev/zero >zeros
expect 4 "$fumarole" cert inspect zeros
said "too large"

# Keys.
expect 0 "$fumarole" cert keygen ca
[ "$(stat -c %a ca)" = 600 ] || fail "others can read the private key"
ca_id=$(value key_id last.out)
expect 4 "$fumarole" cert keygen ca
said "say --force"
expect 0 "$fumarole" cert inspect ca ca.pub
[ "$(grep -c "^key_id=$ca_id$" last.out)" -eq 2 ] || fail "the two halves of a key have different ids"
grep -q "PRIVATE KEY" last.out && fail "inspect shows the private key"
if command -v ssh-keygen >/dev/null; then
    ssh-keygen -q -t ed25519 -N '' -C 'from elsewhere' -f foreign
    expect 0 "$fumarole" cert inspect foreign foreign.pub
    [ "$(grep '^key_id=' last.out | sort -u | wc -l)" -eq 1 ] || fail "a key pair of OpenSSH is not read as one"
fi
expect 2 "$fumarole" cert keygen --comment $'two\nlines' other
said "comment"

# An authority, and who it vouches for.
expect 0 "$fumarole" cert authority ca -o ca.cert
expect 4 "$fumarole" cert authority ca -o ca.cert
expect 0 "$fumarole" cert inspect ca.cert
said "kind=authority certificate"
said "signature=good"
for name in ada bob; do
    expect 0 "$fumarole" cert keygen $name
    expect 0 "$fumarole" cert issue --authority-key ca --identity str:$name $name.pub -o $name.cert
    expect 0 "$fumarole" cert inspect --trust ca.cert $name.cert
    said "identity=str:$name"
    said "authority_key_id=$ca_id"
    said "trusted=yes"
done
expect 2 "$fumarole" cert issue --identity str:x ada.pub
said "--authority-key is missing"
expect 2 "$fumarole" cert issue -k ca ada.pub
said "Say --identity"
expect 2 "$fumarole" cert issue -k ca --identity nobody ada.pub
said "is not an identity"
expect 2 "$fumarole" cert issue -k ca --identity str:x
said "KEY or --request is missing"
expect 2 "$fumarole" cert issue -k ca --identity str:x --app x ada.pub
said "is not the number of an application"
expect 2 "$fumarole" cert issue -k ca --identity str:x --pop x ada.pub
said "is not the code of a data centre"
expect 2 "$fumarole" cert issue -k ca --identity str:x --days 0 ada.pub
said "out of range"

# Requests.
expect 0 "$fumarole" cert request --identity str:carol ada -o carol.request
expect 0 "$fumarole" cert inspect carol.request
said "kind=request"
said "identity=str:carol"
expect 0 "$fumarole" cert issue -k ca --request carol.request --app 5 --app 6 --pop fra -o carol.cert
expect 0 "$fumarole" cert inspect -t ca.cert carol.cert
said "identity=str:carol"
said "apps=5,6"
said "pops=fra"
expect 1 "$fumarole" cert issue -k ca --request nonsense
said "is not a request"

# The wrong authority, a damaged certificate, the wrong key.
expect 0 "$fumarole" cert keygen other
expect 0 "$fumarole" cert authority other -o other.cert
expect 1 "$fumarole" cert inspect -t other.cert ada.cert
said "trusted=no"
sed '2s/^\(.\{20\}\)./\1x/' ada.cert >damaged.cert
cmp -s ada.cert damaged.cert && sed '2s/^\(.\{20\}\)./\1y/' ada.cert >damaged.cert
expect 1 "$fumarole" cert inspect -t ca.cert damaged.cert
expect 4 "$fumarole" cert bundle ada.cert bob
said "does not belong to the certificate"
expect 0 "$fumarole" cert bundle ada.cert ada -o ada.bundle
[ "$(stat -c %a ada.bundle)" = 600 ] || fail "others can read the private key in the bundle"
expect 0 "$fumarole" cert inspect ada.bundle
said "private_key=present"
expect 2 "$fumarole" ping --certificate ada.cert --key bob 127.0.0.1:9
said "does not belong to the certificate"

# On the network: who insists on certificates takes only those of the authority. (Local mode would vouch for all of us.)
export FUMAROLE_LOCAL_MODE=0
strict=(-c IP_AllowWithoutAuth=0 -c IPLocalHost_AllowWithoutAuth=0)
start server "$fumarole" ping --listen 127.0.0.1:0 --certificate ada.cert --key ada --trust ca.cert "${strict[@]}"
server=$started
address_of server.out "$server"
expect 0 "$fumarole" status -b -s 0.1 --certificate bob.cert --key bob --trust ca.cert "${strict[@]}" "$address"
[ "$(value identity last.out)" = str:ada ] || fail "not the identity in the certificate"
[ "$(value authenticated last.out)" = yes ] || fail "not authenticated"
expect 3 "$fumarole" status -b -s 0.1 --timeout 3 "$address"
expect 0 "$fumarole" cert issue -k other -i str:mallory other -o mallory.cert
expect 3 "$fumarole" status -b -s 0.1 --timeout 3 --certificate mallory.cert --key other --trust ca.cert "$address"
kill -TERM "$server"
ends "$server" 0
