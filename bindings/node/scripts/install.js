'use strict'

// What `npm install` runs: nothing where there is an addon that loads. Otherwise it is built, from the repository that
// the package lies in or that FUMAROLE_SOURCE names, with cmake and a C compiler.
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const root = path.join(__dirname, '..')

function loads() {
    try {
        require('../lib/addon')
        return null
    } catch (error) {
        return error
    }
}

function source() {
    const named = process.env.FUMAROLE_SOURCE
    const places = named ? [path.resolve(named)] : [path.join(root, '..', '..')]
    return places.find(place => fs.existsSync(path.join(place, 'include', 'fumarole', 'fumarole.h'))) ?? null
}

function give(text) {
    console.error(`fumarole: ${text}`)
    process.exit(1)
}

function main() {
    const trouble = loads()
    if (trouble === null) return
    const repository = source()
    if (repository === null) {
        give(`${trouble.message}\n\nTo build it here, set FUMAROLE_SOURCE to a checkout of the repository, ` +
            'and have cmake, a C compiler, OpenSSL and nanopb (scripts/dependencies.sh build names them).')
    }
    const inside = path.join(repository, 'bindings', 'node')
    const isOwn = fs.existsSync(inside) && fs.realpathSync(inside) === fs.realpathSync(root)
    const build = isOwn ? path.join(repository, 'build') : path.join(root, 'build', 'cmake')
    const headers = path.join(path.dirname(process.execPath), '..', 'include', 'node')
    const settings = ['-DFUMAROLE_TESTS=OFF', '-DFUMAROLE_TOOLS=OFF', '-DFUMAROLE_NODE=ON']
    if (fs.existsSync(path.join(headers, 'node_api.h'))) settings.push(`-DFUMAROLE_NODE_API_DIR=${headers}`)
    console.error(`fumarole: building the addon in ${build}`)
    try {
        // A directory that is configured already keeps its settings.
        if (!fs.existsSync(path.join(build, 'CMakeCache.txt'))) {
            execFileSync('cmake', ['-S', repository, '-B', build, ...settings], { stdio: 'inherit' })
        }
        execFileSync('cmake', ['--build', build, '--target', 'fumarole_node', '--parallel'], { stdio: 'inherit' })
        if (!isOwn) fs.copyFileSync(path.join(build, 'node', 'fumarole.node'), path.join(root, 'build', 'fumarole.node'))
    } catch (error) {
        give(error.code === 'ENOENT' ? 'cmake is needed to build the addon, and is not installed.'
            : 'the addon could not be built; what is missing is told above, and `scripts/dependencies.sh build` in the ' +
              'repository installs it.')
    }
}

main()
