'use strict'

// The numbers of the checklist for Node, each under its number.
const assert = require('node:assert/strict')
const { test, before, after } = require('node:test')

const { Fumarole, steam, sockets, until, messages, request, pair, state } = require('./harness')

const NOBODY = 0x0badf00d
const DOCUMENTED = { // name: parameters without a default in the document
    createListenSocketP2P: 1,
    closeListenSocket: 1,
    connectP2P: 2,
    acceptConnection: 1,
    closeConnection: 4,
    getConnectionUserData: 1,
    sendMessage: 3,
    receiveMessages: 1,
    flushMessagesOnConnection: 1,
    getConnectionInfo: 1,
    getDetailedConnectionStatus: 1,
    getQuickConnectionStatus: 1,
    createPollGroup: 0,
    destroyPollGroup: 1,
    setConnectionPollGroup: 2,
    receiveMessagesOnPollGroup: 1,
    setConnectionConfigValue: 3,
    getConnectionConfigValue: 2,
    getIdentity: 0
}

before(() => assert.equal(steam.init({ appId: 480 }), true))
after(() => steam.shutdown())

test('node 1: getInstance returns the same object each time, init returns true', () => {
    assert.equal(Fumarole.getInstance(), Fumarole.getInstance())
    assert.ok(Fumarole.getInstance() instanceof Fumarole)
    assert.equal(Fumarole.default, Fumarole)
    assert.equal(steam.init({ appId: 480 }), true)
})

test('node 2: all 19 names exist with the parameters of the document', () => {
    assert.equal(Object.keys(DOCUMENTED).length, 19)
    for (const [name, parameters] of Object.entries(DOCUMENTED)) {
        assert.equal(typeof sockets[name], 'function', name)
        assert.equal(sockets[name].length, parameters, name)
    }
})

test('node 3: createListenSocketP2P(0) returns a handle, a second call with the same port 0', () => {
    const listen = sockets.createListenSocketP2P(0)
    assert.ok(Number.isInteger(listen) && listen > 0)
    assert.equal(sockets.createListenSocketP2P(0), 0)
    assert.equal(sockets.closeListenSocket(listen), true)
})

test('node 4: closeListenSocket returns true, then false', () => {
    const listen = sockets.createListenSocketP2P(0)
    assert.equal(sockets.closeListenSocket(listen), true)
    assert.equal(sockets.closeListenSocket(listen), false)
})

test('node 5: connectP2P takes a decimal string and a bigint; what is no identity throws', () => {
    const listen = sockets.createListenSocketP2P(3)
    const own = steam.core.getSteamId()
    for (const identity of [own, BigInt(own), `steamid:${own}`]) {
        const connection = sockets.connectP2P(identity, 3)
        assert.ok(Number.isInteger(connection) && connection > 0, String(identity))
        assert.equal(sockets.closeConnection(connection, 0, '', false), true)
    }
    assert.equal(sockets.connectP2P('76561198012345678', 3), 0) // in another process, which needs a back end
    for (const nobody of ['', 'somebody', '99999999999999999999999', 'str:' + 'x'.repeat(200), 'invalid', 'steamid:\0']) {
        assert.throws(() => sockets.connectP2P(nobody, 3), { code: 'ERR_INVALID_ARG_VALUE', name: 'TypeError' }, nobody)
    }
    assert.throws(() => sockets.connectP2P(76561198012345678, 3), { code: 'ERR_INVALID_ARG_TYPE' }) // eslint-disable-line
    sockets.closeListenSocket(listen)
    steam.runCallbacks()
})

test('node 6: acceptConnection returns true once and false afterwards, false for an unknown handle', async () => {
    const { server, close } = await request()
    assert.equal(sockets.acceptConnection(server), true)
    assert.equal(sockets.acceptConnection(server), false)
    assert.equal(sockets.acceptConnection(NOBODY), false)
    assert.equal(sockets.acceptConnectionResult(server), Fumarole.EResult.InvalidState)
    assert.equal(sockets.acceptConnectionResult(NOBODY), Fumarole.EResult.InvalidParam)
    close()
    const other = await request()
    assert.equal(sockets.acceptConnectionResult(other.server), Fumarole.EResult.OK)
    other.close()
})

test('node 7: sendMessage returns 1; 8 for a bad handle, 3 after the peer closed, 25 when full, 41 for NoDelay too early', async () => {
    const { client, server, close } = await request()
    assert.equal(sockets.sendMessage(client, 'early', 4), 41)
    assert.equal(sockets.setConnectionConfigValue(client, 9, 4096), true)
    assert.equal(sockets.sendMessage(client, Buffer.alloc(3000), 8), 1)
    assert.equal(sockets.sendMessage(client, Buffer.alloc(3000), 8), 25)
    assert.equal(sockets.sendMessage(NOBODY, 'nobody', 8), 8)
    sockets.acceptConnection(server)
    await until(() => state(client) === 3)
    assert.equal(sockets.sendMessage(client, 'hello', 8), 1)
    sockets.closeConnection(server, 0, '', false)
    await until(() => state(client) === 4)
    assert.equal(sockets.sendMessage(client, 'too late', 8), 3)
    close()
})

test('node 7: reliable and NoDelay together are reliable', async () => {
    const { client, server, close } = await request()
    assert.equal(sockets.sendMessage(client, 'both', 8 | 4), 1)
    sockets.acceptConnection(server)
    const [message] = await messages(server, 1)
    assert.equal(message.data.toString(), 'both')
    assert.equal(message.flags & 8, 8)
    close()
})

test('node 7: sendMessageEx, sendReliable and sendUnreliable return objects', async () => {
    const { client, server, close } = await pair()
    assert.deepEqual(sockets.sendMessageEx(client, 'one', 8), { success: true, result: 1, messageNumber: 1n })
    assert.deepEqual(sockets.sendReliable(client, 'two'), { success: true, result: 1, messageNumber: 2n })
    const { success, messageNumber } = sockets.sendUnreliable(client, 'three')
    assert.deepEqual([success, messageNumber], [true, 3n])
    assert.deepEqual(sockets.sendReliable(NOBODY, 'x'), { success: false, result: 8, messageNumber: 0n })
    const [one, two] = await messages(server, 2)
    assert.deepEqual([one.data.toString(), two.data.toString()], ['one', 'two'])
    close()
})

test('node 8: strings go as UTF-8, bytes as they are, whatever holds them', async () => {
    const { client, server, close } = await pair()
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index))
    const long = 'ä€😀'.repeat(3000)
    const wide = new Uint16Array([1, 0xffff, 3])
    const inside = new Uint8Array([9, 8, 7, 6, 5]).subarray(1, 4)
    const sent = [
        ['plain', Buffer.from('plain')],
        [long, Buffer.from(long)],
        ['\0 in the middle \0', Buffer.from('\0 in the middle \0')],
        [bytes, bytes],
        [wide, Buffer.from(wide.buffer)],
        [inside, Buffer.from([8, 7, 6])],
        [new DataView(inside.buffer, 3), Buffer.from([6, 5])],
        [inside.buffer, Buffer.from([9, 8, 7, 6, 5])],
        ['', Buffer.alloc(0)],
        [Buffer.alloc(0), Buffer.alloc(0)],
        [Buffer.alloc(200000, 'x'), Buffer.alloc(200000, 'x')]
    ]
    for (let length = 2030; length < 2060; length++) sent.push(['é'.repeat(length / 2), Buffer.from('é'.repeat(length / 2))])
    for (const [data] of sent) assert.equal(sockets.sendMessage(client, data, 8), 1)
    const received = await messages(server, sent.length)
    for (const [index, [, expected]] of sent.entries()) {
        assert.ok(Buffer.isBuffer(received[index].data))
        assert.ok(received[index].data.equals(expected), `message ${index}`)
        assert.equal(received[index].size, expected.length)
    }
    close()
})

test('node 8: small and large messages of several connections in one batch', async () => {
    const ends = [await pair('p2p'), await pair()]
    ends[1].close()
    const other = sockets.connectP2P(steam.core.getSteamId(), 7)
    const group = sockets.createPollGroup()
    const server = await until(() => sockets.getPendingConnectionRequests().pop()?.connection)
    sockets.acceptConnection(server)
    for (const connection of [server, ends[0].server]) sockets.setConnectionPollGroup(connection, group)
    const sizes = [0, 1, 4096, 4097, 9000, 0, 100000, 3, 4097, 4096]
    const sent = sizes.map((size, index) => Buffer.alloc(size, index + 1))
    for (const data of sent) {
        for (const connection of [ends[0].client, other]) assert.equal(sockets.sendMessage(connection, data, 8), 1)
    }
    const received = sockets.receiveMessagesOnPollGroup(group)
    assert.equal(received.length, 20)
    for (const connection of [server, ends[0].server]) {
        const own = received.filter(message => message.connection === connection)
        for (const [index, data] of sent.entries()) assert.ok(own[index].data.equals(data), `message ${index}`)
    }
    sockets.destroyPollGroup(group)
    sockets.closeConnection(other)
    sockets.closeConnection(server)
    ends[0].close()
})

test('node 9: receiveMessages returns at most 100 unless told otherwise, [] for none and for a bad handle', async () => {
    const { client, server, close } = await pair()
    assert.deepEqual(sockets.receiveMessages(server), [])
    assert.deepEqual(sockets.receiveMessages(NOBODY), [])
    assert.deepEqual(sockets.receiveMessages(0), [])
    // The library keeps 1000 messages for a connection unless told otherwise.
    for (let i = 0; i < 900; i++) assert.equal(sockets.sendMessage(client, String(i), 8), 1)
    let waited = []
    await until(() => {
        waited = [...waited, ...sockets.receiveMessages(server, 300)]
        return waited.length >= 300
    })
    await until(() => sockets.getQuickConnectionStatus(client).sentUnackedReliable === 0 &&
        sockets.getQuickConnectionStatus(client).pendingReliable === 0)
    const most = sockets.receiveMessages(server)
    assert.equal(most.length, 100)
    assert.equal(sockets.receiveMessages(server, 0).length, 0)
    assert.equal(sockets.receiveMessages(server, 1).length, 1)
    const rest = sockets.receiveMessages(server, 100000)
    const all = [...waited, ...most, null, ...rest].map(message => message && message.data.toString())
    all[all.indexOf(null)] = String(waited.length + most.length)
    assert.deepEqual(all, Array.from({ length: 900 }, (_, index) => String(index)))
    close()
})

test('node 10: a message has all its fields with their types, numbers start at 1n', async () => {
    const { client, server, close } = await pair()
    sockets.setConnectionUserData(server, 77n)
    sockets.sendMessage(client, 'first', 8)
    sockets.sendMessage(client, Buffer.alloc(5000, 1), 8)
    const [first, second] = await messages(server, 2)
    assert.deepEqual(first, {
        data: Buffer.from('first'),
        size: 5,
        connection: server,
        identity: steam.core.getSteamId(),
        channel: 0,
        flags: 8,
        messageNumber: 1n,
        identityPeer: steam.core.getSteamId(),
        connectionUserData: 77n,
        timeReceived: first.timeReceived
    })
    assert.equal(typeof first.timeReceived, 'bigint')
    assert.ok(first.timeReceived > 0n && first.timeReceived <= steam.networkingUtils.getLocalTimestamp())
    assert.equal(second.messageNumber, 2n)
    assert.ok(second.data.equals(Buffer.alloc(5000, 1)))
    close()
})

test('node 10: channel is the lane of the message', async () => {
    const { client, server, close } = await pair()
    assert.equal(sockets.configureConnectionLanes(client, [{ priority: 0, weight: 1 }, { priority: 1 }, {}]), 1)
    assert.equal(sockets.sendMessage(client, 'two', 8, 2), 1)
    assert.equal(sockets.sendMessage(client, 'three', 8, 3), 8)
    assert.deepEqual(sockets.sendMessageEx(client, 'one', 8, 1), { success: true, result: 1, messageNumber: 1n })
    const received = await messages(server, 2)
    const lanes = Object.fromEntries(received.map(message => [message.data.toString(), message.channel]))
    assert.deepEqual(lanes, { one: 1, two: 2 })
    close()
})

test('node 11: flushMessagesOnConnection returns 1 when connected', async () => {
    const { client, server, close } = await request()
    assert.equal(sockets.flushMessagesOnConnection(client), 41)
    sockets.acceptConnection(server)
    await until(() => state(client) === 3)
    sockets.sendMessage(client, 'x', 8)
    assert.equal(sockets.flushMessagesOnConnection(client), 1)
    assert.equal(sockets.flushMessages(client), 1)
    assert.equal(sockets.flushMessagesOnConnection(NOBODY), 8)
    close()
})

test('node 12: getConnectionInfo returns null for a bad handle, state and stateName agree, endDebug has the text', async () => {
    const names = ['None', 'Connecting', 'Finding Route', 'Connected', 'Closed By Peer', 'Problem Detected Locally']
    const { listen, client, server, close } = await request()
    const agree = connection => {
        const info = sockets.getConnectionInfo(connection)
        assert.equal(info.stateName, names[info.state])
        return info
    }
    assert.equal(sockets.getConnectionInfo(NOBODY), null)
    assert.equal(sockets.getConnectionInfo(0), null)
    assert.equal(agree(client).state, 1)
    sockets.acceptConnection(server)
    await until(() => agree(client).state === 3)
    const own = agree(client)
    assert.equal(own.identityRemote, steam.core.getSteamId())
    assert.equal(own.addrRemote, sockets.getListenSocketAddress(listen))
    assert.equal(own.remoteAddress, own.addrRemote)
    assert.equal(own.listenSocket, 0)
    assert.equal(own.userData, -1n)
    assert.deepEqual([own.popIdRemote, own.popIdRelay, own.endReason, own.endDebug], [0, 0, 0, ''])
    assert.ok(own.connectionDescription.startsWith('#'))
    assert.equal(agree(server).listenSocket, listen)
    sockets.closeConnection(server, 1234, 'Schluß', false)
    await until(() => agree(client).state === 4)
    const ended = agree(client)
    assert.equal(ended.endReason, 1234)
    assert.equal(ended.endDebug, 'Schluß')
    assert.equal(ended.endDebugMessage, ended.endDebug)
    close()
})

test('node 13: getDetailedConnectionStatus returns a text for a live connection', async () => {
    const { client, close } = await pair()
    const report = sockets.getDetailedConnectionStatus(client)
    assert.ok(report.length > 100 && report.includes('\n'))
    assert.equal(sockets.getDetailedConnectionStatus(NOBODY), '')
    close()
})

// The structure behind it has the library's own type, and no address of it reaches JavaScript. What lies around it is
// guarded where this suite runs with the address sanitizer (make asan); here the whole structure has to arrive.
test('node 14: getQuickConnectionStatus returns all twelve numbers', async () => {
    const fields = ['state', 'ping', 'connectionQualityLocal', 'connectionQualityRemote', 'outPacketsPerSec',
        'outBytesPerSec', 'inPacketsPerSec', 'inBytesPerSec', 'sendRateBytesPerSecond', 'pendingUnreliable',
        'pendingReliable', 'sentUnackedReliable']
    const { client, close } = await pair()
    sockets.setConnectionConfigValue(client, 10, 65536)
    sockets.setConnectionConfigValue(client, 11, 65536)
    sockets.sendMessage(client, Buffer.alloc(400000), 8)
    for (let i = 0; i < 1000; i++) {
        const status = sockets.getQuickConnectionStatus(client)
        for (const field of fields) assert.equal(typeof status[field], 'number', field)
        assert.equal(typeof status.usecQueueTime, 'bigint') // behind the 64 bytes that others have provided
        assert.equal(typeof status.maxJitterUsec, 'number')
    }
    const status = sockets.getConnectionRealTimeStatus(client)
    assert.equal(status.state, 3)
    assert.equal(status.sendRateBytesPerSecond, 65536)
    assert.ok(status.pendingReliable > 0)
    assert.ok(status.usecQueueTime > 0n)
    assert.equal(sockets.getQuickConnectionStatus(NOBODY), null)
    close()
})

test('node 15: poll groups', async () => {
    const one = await pair()
    const two = await pair()
    const group = sockets.createPollGroup()
    assert.ok(group > 0)
    assert.equal(sockets.setConnectionPollGroup(one.server, group), true)
    assert.equal(sockets.setConnectionPollGroup(two.server, group), true)
    assert.equal(sockets.setConnectionPollGroup(NOBODY, group), false)
    assert.equal(sockets.setConnectionPollGroup(one.server, NOBODY), false)
    assert.deepEqual(sockets.receiveMessagesOnPollGroup(group), [])
    for (let i = 0; i < 150; i++) {
        sockets.sendMessage(one.client, `one ${i}`, 8)
        sockets.sendMessage(two.client, `two ${i}`, 8)
    }
    const received = []
    await until(() => {
        const some = sockets.receiveMessagesOnPollGroup(group)
        assert.ok(some.length <= 100)
        received.push(...some)
        return received.length === 300
    })
    for (const [ends, name] of [[one, 'one'], [two, 'two']]) {
        const own = received.filter(message => message.connection === ends.server)
        assert.deepEqual(own.map(message => message.data.toString()), Array.from({ length: 150 }, (_, i) => `${name} ${i}`))
    }
    assert.equal(sockets.setConnectionPollGroup(one.server, 0), true)
    assert.equal(sockets.destroyPollGroup(group), true)
    assert.equal(sockets.destroyPollGroup(group), false)
    assert.deepEqual(sockets.receiveMessagesOnPollGroup(group), [])
    sockets.sendMessage(two.client, 'still there', 8)
    assert.equal((await messages(two.server, 1))[0].data.toString(), 'still there')
    one.close()
    two.close()
})

test('node 16: configuration values of a connection', async () => {
    const { client, close } = await pair()
    const { ESteamNetworkingConfigValue: config } = Fumarole
    assert.equal(sockets.setConnectionConfigValue(client, 12, 0), true)
    assert.equal(sockets.getConnectionConfigValue(client, 12), 0)
    assert.equal(sockets.getConnectionConfigValue(client, 9999), null)
    assert.equal(sockets.setConnectionConfigValue(client, 9999, 1), false)
    assert.equal(sockets.setConnectionConfigValue(client, config.SDRClient_SingleSocket, 1), false) // global only
    // By the registered type, whatever the number looks like.
    const utils = steam.networkingUtils
    for (const loss of [1, 0.25, 0]) {
        assert.equal(utils.setGlobalConfigValue(config.FakePacketLoss_Send, loss), true)
        assert.equal(utils.getGlobalConfigValue(config.FakePacketLoss_Send), loss)
    }
    assert.equal(utils.setGlobalConfigValue(config.FakePacketJitter_Send_Max, 3e9), true) // no integer of 32 bits
    assert.equal(utils.getGlobalConfigValue(config.FakePacketJitter_Send_Max), 5000) // the most there is
    assert.equal(utils.setGlobalConfigValue(config.FakePacketJitter_Send_Max, 100), true)
    assert.equal(sockets.getConnectionConfigValue(client, config.ConnectionUserData), -1)
    assert.equal(utils.setGlobalConfigValue(config.P2P_STUN_ServerList, 'stun.invalid:3478'), true)
    assert.equal(utils.setGlobalConfigValue(config.P2P_STUN_ServerList, ''), true)
    assert.equal(sockets.setConnectionConfigValue(client, 12, '2500'), true)
    assert.equal(sockets.getConnectionConfigValue(client, 12, true), 2500)
    assert.equal(sockets.setConnectionConfigValue(NOBODY, 12, 1), false)
    assert.equal(sockets.getConnectionConfigValue(NOBODY, 12), null)
    close()
})

test('node 17: getConnectionUserData returns -1n by default', async () => {
    const { client, server, close } = await pair()
    assert.equal(sockets.getConnectionUserData(client), -1n)
    assert.equal(sockets.getConnectionUserData(server), -1n)
    assert.equal(sockets.getConnectionUserData(NOBODY), -1n)
    assert.equal(sockets.setConnectionUserData(client, 0x7fffffffffffffffn), true)
    assert.equal(sockets.getConnectionUserData(client), 0x7fffffffffffffffn)
    assert.equal(sockets.setConnectionUserData(client, -12), true)
    assert.equal(sockets.getConnectionUserData(client), -12n)
    assert.equal(sockets.setConnectionUserData(NOBODY, 1n), false)
    close()
})

test('node 18: getIdentity returns the Steam ID in decimal and type 16', () => {
    const identity = sockets.getIdentity()
    assert.match(identity.steamId, /^[0-9]{17,20}$/)
    assert.equal(identity.type, 16)
    assert.equal(`${identity}`, identity.steamId)
    assert.deepEqual(Object.keys(identity), ['steamId', 'type'])
    assert.equal(sockets.getIdentityText(), `steamid:${identity.steamId}`)
})

test('node 18: getIdentity returns null for another kind of identity', () => {
    steam.shutdown()
    assert.equal(sockets.getIdentity(), null)
    assert.equal(steam.init({ appId: 480, identity: 'str:somebody' }), true)
    assert.equal(sockets.getIdentity(), null)
    assert.equal(sockets.getIdentityText(), 'str:somebody')
    assert.equal(steam.core.getSteamId(), '0')
    steam.shutdown()
    assert.equal(steam.init({ appId: 480, identity: 76561198012345678n }), true)
    assert.deepEqual({ ...sockets.getIdentity() }, { steamId: '76561198012345678', type: 16 })
    steam.shutdown()
    assert.equal(steam.init({ appId: 480 }), true)
})

test('node 19: closeConnection with linger delivers reliable data; the peer sees 1000 and the text', async () => {
    const { client, server, close } = await pair()
    const data = Buffer.alloc(300000, 'linger')
    assert.equal(sockets.sendMessage(client, data, 8), 1)
    assert.equal(sockets.closeConnection(client, 0, 'Game ended', true), true)
    assert.equal(sockets.closeConnection(client, 0, 'Game ended', true), false)
    const [message] = await messages(server, 1)
    assert.ok(message.data.equals(data))
    await until(() => state(server) === 4)
    const info = sockets.getConnectionInfo(server)
    assert.equal(info.endReason, 1000)
    assert.equal(info.endDebug, 'Game ended')
    close()
})

test('node 20: core.getSteamId and getStatus().steamId agree', () => {
    assert.equal(typeof steam.core.getSteamId(), 'string')
    assert.equal(steam.core.getSteamId(), steam.getStatus().steamId)
    assert.deepEqual({ ...steam.getStatus(), steamId: '' }, { initialized: true, appId: 480, steamId: '', error: '' })
})

// The programs of the document, in one process because they connect by identity; examples/node has them as two.
test('node 21: the host and the client of the document, with only steam.runCallbacks in the loop', async () => {
    const { networkingSockets } = steam
    steam.networkingUtils.initRelayNetworkAccess()
    const listenSocket = networkingSockets.createListenSocketP2P(0)
    const pollGroup = networkingSockets.createPollGroup()
    const connections = []
    const heard = []
    networkingSockets.onConnectionRequest(({ connection }) => {
        networkingSockets.acceptConnection(connection)
        networkingSockets.setConnectionPollGroup(connection, pollGroup)
        connections.push(connection)
    })
    const clients = [0, 1].map(() => networkingSockets.connectP2P(steam.core.getSteamId(), 0))
    assert.ok(clients.every(connection => connection !== 0))
    let greeted = false
    const answers = [[], []]
    await until(() => {
        if (!greeted && clients.every(connection => networkingSockets.getConnectionInfo(connection)?.state === 3)) {
            greeted = true
            assert.equal(networkingSockets.sendMessage(clients[0], 'Hello from client!', 8), 1)
        }
        for (const msg of networkingSockets.receiveMessagesOnPollGroup(pollGroup, 100)) {
            const text = msg.data.toString()
            heard.push(`${msg.identity}: ${text}`)
            for (const conn of connections) {
                if (conn !== msg.connection) networkingSockets.sendMessage(conn, `${msg.identity}: ${text}`, 8)
            }
        }
        clients.forEach((connection, index) => {
            for (const msg of networkingSockets.receiveMessages(connection, 50)) answers[index].push(msg.data.toString())
        })
        return answers[1].length > 0
    })
    const line = `${steam.core.getSteamId()}: Hello from client!`
    assert.deepEqual(heard, [line])
    assert.deepEqual(answers, [[], [line]])
    for (const conn of connections) networkingSockets.closeConnection(conn, 0, 'Server shutdown', true)
    networkingSockets.destroyPollGroup(pollGroup)
    networkingSockets.closeListenSocket(listenSocket)
    for (const conn of clients) networkingSockets.closeConnection(conn, 0, '', false)
    steam.runCallbacks()
})

test('node 22: onConnectionRequest fires once for each inbound connection, the returned function ends that', async () => {
    const requests = []
    const changes = []
    const stop = sockets.onConnectionRequest(event => requests.push(event))
    const stopChanges = sockets.onConnectionStateChange(event => changes.push(event))
    sockets.getPendingConnectionRequests()
    sockets.getPendingStateChanges()
    const first = await pair()
    const second = await pair('p2p')
    assert.deepEqual(requests, [
        { connection: first.server, identityRemote: steam.core.getSteamId(), listenSocket: first.listen },
        { connection: second.server, identityRemote: steam.core.getSteamId(), listenSocket: second.listen }
    ])
    assert.deepEqual(sockets.getPendingConnectionRequests(), requests)
    assert.deepEqual(sockets.getPendingConnectionRequests(), [])
    assert.deepEqual(sockets.getPendingStateChanges(), changes)
    assert.deepEqual(sockets.getPendingStateChanges(), [])
    const history = connection => changes.filter(event => event.connection === connection)
        .map(({ oldState, newState }) => [oldState, newState])
    for (const connection of [first.client, first.server]) assert.deepEqual(history(connection), [[0, 1], [1, 3]])
    for (const change of changes) assert.equal(change.info.state, change.newState)
    stop()
    stop()
    const third = await pair()
    assert.equal(requests.length, 2)
    stopChanges()
    first.close()
    second.close()
    third.close()
    assert.equal(changes.some(({ connection, newState }) => connection === first.client && newState === 0), false)
})

test('node 23: shutdown closes everything and can be followed by init', async () => {
    const { listen, client, server } = await pair()
    const group = sockets.createPollGroup()
    assert.deepEqual(sockets.getActiveConnections(), [client, server])
    assert.equal(sockets.isConnectionActive(client), true)
    steam.shutdown()
    steam.shutdown()
    assert.deepEqual(sockets.getActiveConnections(), [])
    assert.deepEqual(sockets.getActiveListenSockets(), [])
    assert.equal(sockets.getConnectionInfo(client), null)
    assert.equal(sockets.sendMessage(client, 'x', 8), 8)
    assert.equal(sockets.createListenSocketP2P(0), 0)
    assert.equal(sockets.createListenSocketIP('127.0.0.1:0'), 0)
    assert.equal(sockets.createPollGroup(), 0)
    assert.deepEqual(steam.getStatus(), { initialized: false, appId: 0, steamId: '0', error: '' })
    steam.runCallbacks()
    assert.equal(steam.init({ appId: 480 }), true)
    assert.equal(sockets.getConnectionInfo(server), null)
    assert.equal(sockets.closeListenSocket(listen), false)
    assert.equal(sockets.destroyPollGroup(group), false)
    const again = await pair()
    again.close()
})

test('node 24: EResult.Ignored equals 41', () => {
    const { EResult } = Fumarole
    assert.equal(EResult.Ignored, 41)
    assert.equal(EResult.PersistFailed, 32)
    assert.deepEqual([EResult.OK, EResult.Fail, EResult.NoConnection, EResult.InvalidParam, EResult.InvalidState,
        EResult.LimitExceeded], [1, 2, 3, 8, 11, 25])
    assert.equal(Fumarole.ESteamNetworkingConfigValue.Callback_FakeIPResult, 207)
    assert.equal(Fumarole.ESteamNetworkingConnectionState.ProblemDetectedLocally, 5)
    assert.equal(Fumarole.ESteamNetworkingSendFlags.UseCurrentThread, 16)
})
