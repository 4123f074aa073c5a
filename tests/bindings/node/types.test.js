'use strict'

// The types, by the compiler: right uses pass, each wrong one is refused, and a declaration that is lost is noticed.

const assert = require('node:assert')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')

const { compile, project } = require('./project')

test('types: right and wrong uses, as ES modules', async () => {
    const directory = project('tests/bindings/node/types/uses.ts')
    fs.renameSync(path.join(directory, 'uses.ts'), path.join(directory, 'uses.mts'))
    fs.writeFileSync(path.join(directory, 'lost.mts'), "import Fumarole from 'fumarole'\nFumarole.getInstance().networkingSockets.sendMessage(1)\n")
    const complaints = await compile(directory, '--noEmit')
    assert.match(complaints, /^\S*lost\.mts\(2,\d+\): error TS2554/)
    assert.strictEqual(complaints.trim().split('\n').length, 1, complaints)
})
