'use strict'

// How many messages cross between the library and JavaScript:  node node.js [MESSAGES]
//
// Prints workload, messages, seconds and seconds of the processor, separated by tabs, a line for each workload. run.py in
// this directory runs it and makes the table; docs/performance.md says what the workloads are.
const { Fumarole } = require('../../bindings/node')

const MESSAGES = Number(process.argv[2] ?? 400000)
const BURST = 800 // messages that are on their way at a time
const RELIABLE = 8
// At its usual rate a connection would be waited for, not measured.
const FAST = { SendRateMin: 268435456, SendRateMax: 268435456, SendBufferSize: 4194304 }

const steam = Fumarole.getInstance()
const sockets = steam.networkingSockets
if (!steam.init()) throw new Error(steam.getStatus().error)

// What two clocks say of the time between start() and stop(), all taken together.
const watch = {
    reset() {
        this.wall = 0
        this.processor = 0
    },
    start() {
        this.processorThen = process.cpuUsage()
        this.wallThen = process.hrtime.bigint()
    },
    stop() {
        this.wall += Number(process.hrtime.bigint() - this.wallThen) / 1e9
        const { user, system } = process.cpuUsage(this.processorThen)
        this.processor += (user + system) / 1e6
    }
}

// A listen socket and both ends of a connection to it.
async function open(listen, connect) {
    let there = 0
    const stop = sockets.onConnectionRequest(({ connection }) => {
        if (sockets.acceptConnection(connection)) there = connection
    })
    const socket = listen()
    const here = connect(socket)
    while (sockets.getConnectionInfo(here).state !== 3) {
        await new Promise(setImmediate)
        steam.runCallbacks()
    }
    stop()
    return { socket, here, there }
}

function close(pair) {
    sockets.closeConnection(pair.here)
    sockets.closeConnection(pair.there)
    sockets.closeListenSocket(pair.socket)
    steam.runCallbacks()
}

const openPipe = () => open(() => sockets.createListenSocketP2P(0), () => sockets.connectP2P(steam.core.getSteamId(), 0))
const openLoopback = () => open(() => sockets.createListenSocketIP('127.0.0.1:0', FAST),
    socket => sockets.connectByIPAddress(sockets.getListenSocketAddress(socket), FAST))

const burst = Array.from({ length: BURST }, () => Buffer.alloc(100, 'x'))
let made = 0
function prepare() {
    for (const message of burst) message.write(String(++made).padStart(8, '0'), 'latin1')
}

function sendOneByOne({ here }) {
    for (const message of burst) {
        if (sockets.sendMessage(here, message, RELIABLE) !== 1) throw new Error('a message was not sent')
    }
}

// Takes a whole burst with that function, and looks at each message.
function takeBurst(take) {
    let got = 0
    let bytes = 0
    while (got < BURST) {
        const messages = take()
        for (const message of messages) bytes += message.data.length
        got += messages.length
    }
    if (bytes !== BURST * 100) throw new Error(`${bytes} bytes have come`)
}

const receive = most => ({ there }) => takeBurst(() => sockets.receiveMessages(there, most))
const receiveGroup = most => ({ group }) => takeBurst(() => sockets.receiveMessagesOnPollGroup(group, most))

function sent(pair) {
    prepare()
    sendOneByOne(pair)
}

function sendAndReceive(pair) {
    sendOneByOne(pair)
    sockets.flushMessagesOnConnection(pair.here)
    receive(32)(pair)
}

function nothing() {}

// Before and after are part of a round, but not of what is timed.
function measure(name, pair, before, timed, after) {
    const rounds = Math.max(1, Math.floor(MESSAGES / BURST))
    watch.reset()
    for (let round = -Math.floor(rounds / 10); round < rounds; round++) { // the first tenth warms up
        if (round === 0) watch.reset()
        before(pair)
        watch.start()
        timed(pair)
        watch.stop()
        after(pair)
    }
    console.log(`${name}\t${rounds * BURST}\t${watch.wall.toFixed(6)}\t${watch.processor.toFixed(6)}`)
}

async function main() {
    const pipe = await openPipe()
    measure('pipe send 1', pipe, prepare, sendOneByOne, receive(BURST))
    for (const most of [1, 32, 100]) measure(`pipe receive ${most}`, pipe, sent, receive(most), nothing)
    pipe.group = sockets.createPollGroup()
    sockets.setConnectionPollGroup(pipe.there, pipe.group)
    for (const most of [32, 100]) measure(`pipe group ${most}`, pipe, sent, receiveGroup(most), nothing)
    sockets.destroyPollGroup(pipe.group)
    close(pipe)

    const loopback = await openLoopback()
    measure('loopback 32', loopback, prepare, sendAndReceive, nothing)
    close(loopback)
    steam.shutdown()
}

main()
