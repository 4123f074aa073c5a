'use strict'

// The example programs, as they stand: compiled strictly and run against each other, on ports that the system chooses.

const assert = require('node:assert')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')
const { test, before } = require('node:test')

const { compile, project } = require('./project')

const names = ['host.js', 'join.ts', 'echo.mjs', 'p2p.js', 'package.json']
let directory
let complaints

before(async () => {
    directory = project(...names.map(name => `examples/node/${name}`))
    complaints = await compile(directory)
})

// A running program with what it has written so far.
function start(file, ...parameters) {
    const child = spawn(process.execPath, [path.join(directory, file), ...parameters], { cwd: directory })
    child.text = ''
    child.stdout.on('data', data => { child.text += data; child.emit('text') })
    child.stderr.on('data', data => { child.text += data; child.emit('text') })
    child.ended = once(child, 'close').then(([code]) => code)
    child.ended.then(() => child.emit('text'))
    return child
}

// Waits until it has written what the pattern matches.
async function says(child, pattern) {
    while (!pattern.test(child.text)) {
        assert.strictEqual(child.exitCode, null, `it has ended; ${child.text}`)
        await once(child, 'text')
    }
    return pattern.exec(child.text)
}

test('node 21: the examples compile strictly', () => {
    assert.strictEqual(complaints, '')
})

test('node 21: host.js and join.ts talk, with runCallbacks alone in their loops', async () => {
    const host = start('host.js', '--listen', '127.0.0.1:0')
    const [, address] = await says(host, /^Open at (127\.0\.0\.1:\d+)$/m)
    const ada = start('built/join.js', address)
    await says(ada, /^Connected: \d+$/m)
    const [, adaId] = await says(host, /^(\d+) comes in$/m)
    const bob = start('built/join.js', address)
    const [, bobId] = await says(ada, /^(\d+) comes in$/m)
    await says(bob, /^Connected/m)
    ada.stdin.write('is anybody there?\n')
    await says(bob, new RegExp(`^${adaId}: is anybody there\\?$`, 'm'))
    bob.stdin.end('nobody\n')
    await says(ada, new RegExp(`^${bobId}: nobody$`, 'm'))
    await says(ada, new RegExp(`^${bobId} has gone$`, 'm'))
    assert.strictEqual(await bob.ended, 0, bob.text)
    host.kill('SIGINT')
    await says(ada, /^The end: The room closes$/m)
    assert.strictEqual(await ada.ended, 0, ada.text)
    assert.strictEqual(await host.ended, 0, host.text)
    const expected = [`${adaId} comes in`, `${bobId} comes in`, `${adaId}: is anybody there?`, `${bobId}: nobody`, `${bobId} has gone: Goodbye`]
    assert.deepStrictEqual(host.text.trim().split('\n').slice(2), expected)
})

test('node 21: join.ts says that there is no way to another process by Steam ID, and host.js what it takes', async () => {
    const guest = start('built/join.js', '76561197960287930')
    assert.strictEqual(await guest.ended, 1)
    assert.match(guest.text, /no way to 76561197960287930/)
    const host = start('host.js', '--listen')
    assert.strictEqual(await host.ended, 2)
    assert.match(host.text, /usage/)
    const byIdentity = start('host.js')
    await says(byIdentity, /^Open at virtual port 0\nSteam ID of this host: \d+$/m)
    byIdentity.kill('SIGINT')
    assert.strictEqual(await byIdentity.ended, 0)
})

test('examples: echo.mjs and p2p.js run to their end', async () => {
    const echo = start('echo.mjs')
    assert.strictEqual(await echo.ended, 0, echo.text)
    for (const line of ['client: one', 'client: two', 'client: three', 'server: closed with 1000, that was all']) {
        assert.ok(echo.text.includes(`${line}\n`), echo.text)
    }
    const p2p = start('p2p.js')
    assert.strictEqual(await p2p.ended, 0, p2p.text)
    assert.match(p2p.text, /^host: (\d+) asks, accepted: true\nguest: \1 says welcome\n$/)
})
