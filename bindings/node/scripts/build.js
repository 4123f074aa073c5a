#!/usr/bin/env node
'use strict'

// Builds the addon where `make` has not: in the repository that this package lies in, or, for a package that was installed
// from a file made on another kind of machine, from the repository that FUMAROLE_SOURCE names. Needs cmake, a C compiler
// and what scripts/dependencies.sh of the repository lists for `build`.
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const root = path.join(__dirname, '..')

function source() {
    const named = process.env.FUMAROLE_SOURCE
    const place = named ? path.resolve(named) : path.join(root, '..', '..')
    return fs.existsSync(path.join(place, 'include', 'fumarole', 'fumarole.h')) ? place : null
}

function give(text) {
    console.error(`fumarole: ${text}`)
    process.exit(1)
}

function run(command, ...parameters) {
    try {
        execFileSync(command, parameters, { stdio: 'inherit' })
    } catch (error) {
        give(error.code === 'ENOENT' ? `${command} is needed to build the addon, and is not installed.`
            : 'the addon could not be built; what is missing is told above, and `scripts/dependencies.sh build` in the ' +
              'repository names or installs it.')
    }
}

function main() {
    const repository = source()
    if (repository === null) give('set FUMAROLE_SOURCE to a checkout of the repository to build the addon from.')
    const inside = path.join(repository, 'bindings', 'node')
    const isOwn = fs.realpathSync(inside) === fs.realpathSync(root)
    const build = isOwn ? path.join(repository, 'build') : path.join(root, 'build', 'cmake')
    const own = path.join(path.dirname(fs.realpathSync(process.execPath)), '..', 'include', 'node', 'node_api.h')
    if (!fs.existsSync(own) && !fs.existsSync(path.join(inside, 'node_modules', 'node-api-headers'))) {
        run('npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', inside)
    }
    const settings = ['-DFUMAROLE_NODE=ON']
    if (!fs.existsSync(path.join(build, 'CMakeCache.txt'))) settings.push('-DFUMAROLE_TESTS=OFF')
    run('cmake', '-S', repository, '-B', build, ...settings)
    run('cmake', '--build', build, '--target', 'fumarole_node', '--parallel')
    const made = path.join(build, 'node', 'fumarole.node')
    if (!isOwn) fs.copyFileSync(made, path.join(root, 'build', 'fumarole.node'))
    console.log(`built ${isOwn ? made : path.join(root, 'build', 'fumarole.node')}`)
}

main()
