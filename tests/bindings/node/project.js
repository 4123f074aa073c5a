'use strict'

// A directory of its own with the package in its node_modules, as programs have it, made anew for each test.
const { execFile } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { promisify } = require('node:util')

const root = path.join(__dirname, '../../..')
const packagePath = path.join(root, 'bindings/node')
const run = promisify(execFile)

/** Copies files there, and gives its path. */
function project(...files) {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'fumarole-project-'))
    fs.mkdirSync(path.join(directory, 'node_modules'))
    fs.symlinkSync(packagePath, path.join(directory, 'node_modules/fumarole'))
    for (const name of ['@types', 'undici-types']) {
        fs.symlinkSync(path.join(packagePath, 'node_modules', name), path.join(directory, 'node_modules', name))
    }
    for (const file of files) fs.copyFileSync(path.join(root, file), path.join(directory, path.basename(file)))
    process.on('exit', () => fs.rmSync(directory, { recursive: true, force: true }))
    return directory
}

/** Compiles with the options of the examples; the compiler's complaints, '' if there are none. */
async function compile(directory, ...options) {
    const compiler = path.join(packagePath, 'node_modules/typescript/bin/tsc')
    fs.copyFileSync(path.join(root, 'examples/node/tsconfig.json'), path.join(directory, 'tsconfig.json'))
    // The compiler takes its time, and is no program to be looked at with a sanitizer.
    const env = { ...process.env, LD_PRELOAD: '' }
    return run(process.execPath, [compiler, '-p', directory, ...options], { env }).then(() => '', error => error.stdout + error.stderr)
}

module.exports = { compile, project, root }
