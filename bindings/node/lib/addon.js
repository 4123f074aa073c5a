'use strict'

// Finds the addon: a file that FUMAROLE_ADDON names, the one that `make` has built in the repository that this package
// lies in, the one that came with the package, or the one that scripts/build.js has built.
const fs = require('node:fs')
const path = require('node:path')

const root = path.join(__dirname, '..')

function places() {
    const found = []
    if (path.basename(path.dirname(root)) === 'bindings') {
        found.push(path.join(root, '..', '..', 'build', 'node', 'fumarole.node'))
    }
    found.push(path.join(root, 'prebuilt', `${process.platform}-${process.arch}`, 'fumarole.node'))
    found.push(path.join(root, 'build', 'fumarole.node'))
    return found
}

/** Where the addon is, null if it is nowhere. */
function locate() {
    const named = process.env.FUMAROLE_ADDON
    return named ? path.resolve(named) : places().find(place => fs.existsSync(place)) ?? null
}

// Not by require, which would hand the same functions to every copy of this package in one process, also to one that is
// loaded anew (jest.resetModules): an environment of the addon has one watcher and one queue of events.
function open(place) {
    const addon = { exports: {} }
    process.dlopen(addon, place)
    return addon.exports
}

function load() {
    const place = locate()
    if (place !== null) return open(place)
    const error = new Error(
        `fumarole: the addon (fumarole.node) is not built for ${process.platform}-${process.arch}. ` +
        `Run \`make\` at the top of the repository of Fumarole, or \`node ${path.join(root, 'scripts', 'build.js')}\`, ` +
        'or set FUMAROLE_ADDON to the file. ' +
        `Looked for:\n  ${places().join('\n  ')}`)
    error.code = 'ERR_FUMAROLE_ADDON_MISSING'
    throw error
}

module.exports = load()
