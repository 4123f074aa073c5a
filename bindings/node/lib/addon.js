'use strict'

// Finds the addon: a file that FUMAROLE_ADDON names, the one that came with the package, the one that `make` has built
// in the repository that this package lies in, or the one that the package's install script has built.
const fs = require('node:fs')
const path = require('node:path')

const root = path.join(__dirname, '..')
const places = [
    path.join(root, 'prebuilt', `${process.platform}-${process.arch}`, 'fumarole.node'),
    path.join(root, '..', '..', 'build', 'node', 'fumarole.node'),
    path.join(root, 'build', 'fumarole.node')
]

function load() {
    const named = process.env.FUMAROLE_ADDON
    if (named) return require(path.resolve(named))
    const found = places.find(place => fs.existsSync(place))
    if (found) return require(found)
    const error = new Error(
        'fumarole: the addon (fumarole.node) is not built for ' + `${process.platform}-${process.arch}. ` +
        'Run `make` at the top of the repository of Fumarole, or set FUMAROLE_ADDON to the file. ' +
        `Looked for:\n  ${places.join('\n  ')}`)
    error.code = 'ERR_FUMAROLE_ADDON_MISSING'
    throw error
}

module.exports = load()
