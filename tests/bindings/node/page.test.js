'use strict'

// The programs of docs/bindings/node.md and of the package's README as they stand there, run the way the page says; only
// the port is one that is free.
const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { createInterface } = require('node:readline')
const { test, after } = require('node:test')

const repository = path.join(__dirname, '..', '..', '..')
const page = fs.readFileSync(path.join(repository, 'docs', 'bindings', 'node.md'), 'utf8')
const readme = fs.readFileSync(path.join(repository, 'bindings', 'node', 'README.md'), 'utf8')
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'fumarole-page-'))
after(() => fs.rmSync(work, { recursive: true, force: true }))

fs.mkdirSync(path.join(work, 'node_modules'))
fs.symlinkSync(path.join(repository, 'bindings', 'node'), path.join(work, 'node_modules', 'fumarole'))

/** The programs on a page, in order. */
function programs(text) {
    return [...text.matchAll(/^```js\n([^]*?)^```$/gm)].map(([, program]) => program)
}

/** Starts a program: { child, lines } with an iterator of what it prints. */
function start(name, program) {
    fs.writeFileSync(path.join(work, name), program)
    const child = spawn(process.execPath, [name], { cwd: work, stdio: ['ignore', 'pipe', 'inherit'] })
    return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() }
}

const line = async ({ lines }) => (await lines.next()).value

test('the first program of the page: the host and the one who joins', async () => {
    const [host, join] = programs(page)
    const hosting = start('host.js', host.replace('0.0.0.0:27015', '0.0.0.0:0'))
    const listening = await line(hosting)
    assert.match(listening, /^listening on 0\.0\.0\.0:[0-9]+$/)
    const joining = start('join.js', join.replace('27015', listening.split(':').pop()))
    const ended = once(joining.child, 'exit')
    assert.equal(await line(joining), 'You said: Hello!')
    assert.deepEqual(await ended, [0, null])
    const here = await line(hosting)
    assert.match(here, /^[0-9]{17} is here$/)
    const name = here.split(' ')[0]
    assert.equal(await line(hosting), `${name} says Hello!`)
    assert.equal(await line(hosting), `${name} has gone: Goodbye`)
    hosting.child.kill()
    await once(hosting.child, 'exit')
})

test('the program of the page without a loop ends by itself', async () => {
    const running = start('events.js', programs(page)[2])
    const ended = once(running.child, 'exit')
    assert.equal(await line(running), 'You said: Hello!')
    assert.deepEqual(await ended, [0, null])
})

test('the program of the README', async () => {
    const program = programs(readme)[0].replace('server.listen(27015)\n', 'server.listen(0, () => {\n')
        .replace("connect('127.0.0.1:27015',", 'connect(server.address().port,') + '})\n'
    const running = start('readme.js', program)
    assert.equal(await line(running), 'You said: Hello!')
    running.child.kill()
    await once(running.child, 'exit')
})

test('the links of the page lead somewhere', () => {
    for (const [, target] of page.matchAll(/\]\(([^)]+)\)/g)) {
        const [file, anchor] = target.split('#')
        const place = path.join(repository, 'docs', 'bindings', file || 'node.md')
        assert.ok(fs.existsSync(place), target)
        if (!anchor) continue
        const text = fs.readFileSync(place, 'utf8')
        const anchors = [...text.matchAll(/^#+ (.*)$/gm)]
            .map(([, heading]) => heading.toLowerCase().replace(/[^\p{L}\p{N} -]/gu, '').replaceAll(' ', '-'))
        assert.ok(anchors.includes(anchor), target)
    }
})
