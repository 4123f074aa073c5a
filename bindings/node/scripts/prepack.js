'use strict'

// What `npm pack` runs: puts the addon and the licence into the package, and with --remove takes them out again.
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const root = path.join(__dirname, '..')
const prebuilt = path.join(root, 'prebuilt')
const license = path.join(root, 'LICENSE')
const repository = path.join(root, '..', '..')

function remove() {
    fs.rmSync(prebuilt, { recursive: true, force: true })
    fs.rmSync(license, { force: true })
}

function add() {
    const addon = process.env.FUMAROLE_ADDON ?? path.join(repository, 'build', 'node', 'fumarole.node')
    if (!fs.existsSync(addon)) {
        console.error(`fumarole: there is no addon at ${addon}. Run \`make\` at the top of the repository first.`)
        process.exit(1)
    }
    const directory = path.join(prebuilt, `${process.platform}-${process.arch}`)
    const copy = path.join(directory, 'fumarole.node')
    fs.mkdirSync(directory, { recursive: true })
    fs.copyFileSync(addon, copy)
    try {
        execFileSync('strip', ['--strip-unneeded', copy])
    } catch {
        // It only makes the file smaller.
    }
    if (fs.existsSync(path.join(repository, 'LICENSE'))) fs.copyFileSync(path.join(repository, 'LICENSE'), license)
}

if (process.argv.includes('--remove')) remove()
else add()
