'use strict'

// What a user does: packs the package, installs it into a project, requires and imports it there.
const assert = require('node:assert/strict')
const { execFileSync, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { test, after } = require('node:test')

const root = path.join(__dirname, '..', '..', '..', 'bindings', 'node')
const addon = process.env.FUMAROLE_ADDON ?? path.join(root, '..', '..', 'build', 'node', 'fumarole.node')
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'fumarole-package-'))
after(() => fs.rmSync(work, { recursive: true, force: true }))

const environment = { ...process.env, npm_config_cache: path.join(work, 'cache'), npm_config_update_notifier: 'false' }
const unnamed = { ...environment }
delete unnamed.FUMAROLE_ADDON

const program = `
    const steam = Fumarole.getInstance()
    if (!steam.init({ appId: 480 })) throw new Error(steam.getStatus().error)
    const { networkingSockets } = steam
    networkingSockets.createListenSocketP2P(0)
    networkingSockets.onConnectionRequest(({ connection }) => networkingSockets.acceptConnection(connection))
    const connection = networkingSockets.connectP2P(steam.core.getSteamId(), 0)
    steam.runCallbacks()
    console.log(networkingSockets.getConnectionInfo(connection).stateName)
    steam.shutdown()
`

test('npm pack, npm install of the file, require and import', () => {
    const copy = path.join(work, 'copy')
    fs.cpSync(root, copy, { recursive: true, filter: source => !/node_modules|prebuilt|\/build$/.test(path.relative(root, source)) })
    const packed = execFileSync('npm', ['pack', '--pack-destination', work, '--loglevel=error'], {
        cwd: copy, env: { ...environment, FUMAROLE_ADDON: addon }, encoding: 'utf8'
    })
    assert.equal(fs.existsSync(path.join(copy, 'prebuilt')), false)
    const project = path.join(work, 'project')
    fs.mkdirSync(project)
    fs.writeFileSync(path.join(project, 'package.json'), '{ "private": true }\n')
    execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', '--loglevel=error',
        path.join(work, packed.trim().split('\n').pop())], { cwd: project, env: unnamed, stdio: ['ignore', 'pipe', 'pipe'] })
    fs.writeFileSync(path.join(project, 'required.js'), `const Fumarole = require('fumarole')\n${program}`)
    fs.writeFileSync(path.join(project, 'imported.mjs'), `import Fumarole from 'fumarole'\n${program}`)
    for (const file of ['required.js', 'imported.mjs']) {
        const result = spawnSync(process.execPath, [file], { cwd: project, env: unnamed, encoding: 'utf8' })
        assert.deepEqual([result.status, result.stdout, result.stderr], [0, 'Connected\n', ''], file)
    }
    // Without the addon the error says what to do; so does the script it names.
    const installed = path.join(project, 'node_modules', 'fumarole')
    fs.rmSync(path.join(installed, 'prebuilt'), { recursive: true })
    const missing = spawnSync(process.execPath, ['required.js'], { cwd: project, env: unnamed, encoding: 'utf8' })
    assert.equal(missing.status, 1)
    assert.match(missing.stderr, /the addon \(fumarole\.node\) is not built for [a-z0-9]+-[a-z0-9]+\. Run `make`/)
    const script = spawnSync(process.execPath, [path.join(installed, 'scripts', 'build.js')], { env: unnamed, encoding: 'utf8' })
    assert.equal(script.status, 1)
    assert.match(script.stderr, /set FUMAROLE_SOURCE/)
})

test('package-lock.json names no registry', () => {
    assert.doesNotMatch(fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8'), /"resolved"/)
})
