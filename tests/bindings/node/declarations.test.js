'use strict'

// index.d.ts declares the functions that there are, and no others; the compiler's opinion of it is another test's.
const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')

const { Fumarole, steam, root } = require('./harness')

const declarations = fs.readFileSync(path.join(root, 'index.d.ts'), 'utf8')

/** What a class or interface declares: the names of its functions, or of its fields. */
function declared(kind, name, pattern) {
    const body = declarations.match(new RegExp(`${kind} ${name} \\{\\n([^]*?)\\n\\}`))[1]
    return [...body.matchAll(pattern)].map(match => match[1]).sort()
}

const functions = /^ {4}(?:static )?(?!constructor|private)(\w+)\(/gm
const fields = /^ {4}(?:readonly )?(\w+)\??:/gm
const methods = object => Object.getOwnPropertyNames(Object.getPrototypeOf(object)).filter(name => name !== 'constructor')

test('the functions of the three classes', () => {
    const { networkingSockets, networkingUtils } = steam
    assert.deepEqual(declared('declare class', 'NetworkingSockets', functions), methods(networkingSockets).sort())
    assert.deepEqual(declared('declare class', 'NetworkingUtils', functions), methods(networkingUtils).sort())
    assert.deepEqual(declared('declare class', 'Fumarole', functions), [...methods(steam), 'getInstance'].sort())
})

test('the fields of what functions return', () => {
    steam.init({ appId: 480 })
    const { networkingSockets: sockets, networkingUtils: utils } = steam
    sockets.createListenSocketP2P(0)
    const client = sockets.connectP2P(steam.core.getSteamId(), 0)
    steam.runCallbacks()
    const [request] = sockets.getPendingConnectionRequests()
    sockets.acceptConnection(request.connection)
    sockets.sendMessage(client, 'x')
    const examples = {
        NetworkingMessage: sockets.receiveMessages(request.connection)[0],
        ConnectionInfo: sockets.getConnectionInfo(client),
        QuickConnectionStatus: sockets.getQuickConnectionStatus(client),
        SendMessageResult: sockets.sendReliable(client, 'x'),
        ConnectionStateChange: sockets.getPendingStateChanges()[0],
        P2PConnectionRequest: request,
        NetworkingIdentity: sockets.getIdentity(),
        SteamStatus: steam.getStatus(),
        RelayNetworkStatus: utils.getRelayNetworkStatus(),
        PingEstimate: utils.estimatePingFromString('x')
    }
    for (const [name, example] of Object.entries(examples)) {
        assert.deepEqual(declared('interface', name, fields), Object.keys(example).sort(), name)
    }
    steam.shutdown()
})

test('relay network and ping times answer as without a back end', () => {
    const utils = steam.networkingUtils
    steam.init({ appId: 480 })
    assert.equal(utils.initRelayNetworkAccess(), true)
    const { debugMessage, ...status } = utils.getRelayNetworkStatus()
    assert.deepEqual(status, {
        availability: -102,
        pingMeasurementInProgress: false,
        networkConfigAvailability: -102,
        anyRelayAvailability: -102,
        availabilityName: 'CannotTry',
        availableConfig: -102,
        availableRelay: -102
    })
    assert.equal(typeof debugMessage, 'string')
    assert.equal(utils.getLocalPingLocation(), null)
    assert.deepEqual(utils.estimatePingFromString('lhr=5'), { pingMs: -1, valid: false, isValid: false, error: 'this is no location' })
    assert.equal(utils.estimatePingBetweenLocations('lhr=5', { locationString: 'ams=5', dataAge: 1 }).valid, false)
    assert.equal(utils.checkPingDataUpToDate(60), false)
    assert.equal(utils.getPOPCount(), 0)
    assert.deepEqual(utils.getPOPList(), [])
    for (const pop of ['lhr', Fumarole.stringToPopId('lhr'), { popId: 7104626, popCode: 'lhr' }]) {
        assert.equal(utils.getPingToDataCenter(pop), null)
        assert.equal(utils.getDirectPingToPOP(pop), -2)
    }
    const before = utils.getLocalTimestamp()
    assert.equal(typeof before, 'bigint')
    assert.ok(utils.getLocalTimestamp() >= before)
    utils.setDebugOutputLevel(0)
    steam.shutdown()
})

test('codes of data centres', () => {
    const codes = { dev: 6579574, ams: 0x616d73, sto2: 0x3273746f, eatl: 0x6c656174 }
    for (const [code, number] of Object.entries(codes)) {
        assert.equal(Fumarole.stringToPopId(code), number)
        assert.equal(Fumarole.popIdToString(number), code)
    }
    for (const code of ['', 'ab', 'abcde', 'äöü', 'a b']) {
        assert.throws(() => Fumarole.stringToPopId(code), { code: 'ERR_INVALID_ARG_VALUE' })
    }
    assert.throws(() => Fumarole.popIdToString('ams'), { code: 'ERR_INVALID_ARG_TYPE' })
    assert.equal(Fumarole.getAvailabilityName(100), 'Current')
    assert.equal(Fumarole.getAvailabilityName(-101), 'Failed')
    assert.equal(Fumarole.getAvailabilityName(12345), 'Unknown')
})
