#!/usr/bin/env bash
# What every subcommand does with arguments that make no sense, and with a cry for help.
# shellcheck source=tests/tools/library.sh
source "$(dirname "$0")/library.sh"

expect 2 "$fumarole"
said "usage: fumarole COMMAND"
expect 0 "$fumarole" --help
said "chat"
expect 0 "$fumarole" --version
said "fumarole 0."
expect 2 "$fumarole" chta
said "Did you mean 'fumarole chat'?"
expect 2 "$fumarole" stat
said "Did you mean 'fumarole status'?"
expect 2 "$fumarole" xyzzyxyzzy
said "'fumarole --help' lists the commands"
expect 0 "$fumarole" help ping
said "usage: fumarole ping"

for command in chat send recv ping status; do
    expect 0 "$fumarole" "$command" --help
    said "usage: fumarole $command"
    said "exit codes:"
    expect 2 "$fumarole" "$command"
    said "ADDRESS is missing"
    expect 2 "$fumarole" "$command" --no-such-option localhost:1
    said "there is no option --no-such-option"
    expect 2 "$fumarole" "$command" -% localhost:1
    said "there is no option -%"
    expect 2 "$fumarole" "$command" localhost:1 b c d
    said "one argument too many"
done
for command in bench demo; do
    expect 0 "$fumarole" "$command" --help
    said "usage: fumarole $command"
    expect 2 "$fumarole" "$command" --no-such-option
done
expect 2 "$fumarole" demo surplus
said "one argument too many"

# Values of options.
expect 2 "$fumarole" ping --cuont 3 localhost:1
said "Did you mean --count?"
expect 2 "$fumarole" ping --count
said "--count needs a value"
expect 2 "$fumarole" ping --count many localhost:1
said "a whole number"
expect 2 "$fumarole" ping --count -1 localhost:1
said "out of range"
expect 2 "$fumarole" ping --quiet=yes localhost:1
said "takes no value"
expect 2 "$fumarole" ping --interval soon localhost:1
said "a time in seconds"
expect 2 "$fumarole" ping --interval 0 localhost:1
said "out of range"
expect 2 "$fumarole" ping --max-loss 101 localhost:1
said "a percentage"
expect 2 "$fumarole" ping --size 1G localhost:1
said "out of range"
expect 2 "$fumarole" send --rate fast localhost:1
said "a number of bytes"

# Addresses.
for bad in localhost localhost: localhost:port localhost:65536 localhost:-1 :1 '[::1' '[::1]x:1' 1.2.3.4:5:x ''; do
    expect 2 "$fumarole" status "$bad"
    said "is not an address with a port"
done
expect 2 "$fumarole" status localhost:0
said "port 0"
expect 2 "$fumarole" status host.invalid:1
said "cannot find the host 'host.invalid'"
expect 3 "$fumarole" chat --listen 203.0.113.1:0
said "cannot listen on 203.0.113.1:0"
expect 2 "$fumarole" ping --listen 127.0.0.1:x
said "is not an address"
expect 2 "$fumarole" ping --listen host.invalid:0
said "cannot find the host"

# What all commands on the network share.
expect 2 "$fumarole" status --identity nobody localhost:1
said "'nobody' is not an identity"
expect 2 "$fumarole" status --config FakePacketLoss_Snd=5 localhost:1
said "Did you mean FakePacketLoss_Send?"
expect 2 "$fumarole" status --config FakePacketLoss_Send localhost:1
said "It takes NAME=VALUE"
expect 2 "$fumarole" status --config NagleTime=soon localhost:1
said "cannot be set to 'soon'"
expect 2 "$fumarole" status --certificate missing.cert localhost:1
said "cannot open missing.cert"
expect 2 "$fumarole" status --key missing localhost:1
said "--key goes with --certificate"
expect 2 "$fumarole" status --trust missing.cert localhost:1
said "cannot open missing.cert"

# Nobody is there.
expect 3 "$fumarole" status --timeout 0.3 127.0.0.1:9
said "timed out"
said "Is something listening there"
