'use strict'

// What Electron asks of an addon, as far as the file shows it: there is no Electron here to load it.

const assert = require('node:assert')
const { execFileSync } = require('node:child_process')
const path = require('node:path')
const { test } = require('node:test')

const { symbols } = require('../../../bindings/node/node_modules/node-api-headers')

const addon = process.env.FUMAROLE_ADDON ?? path.join(__dirname, '../../../build/node/fumarole.node')

function dynamicSymbols(...options) {
    const text = execFileSync('objdump', ['-T', ...options, addon], { encoding: 'utf8', maxBuffer: 1 << 26, env: { ...process.env, LD_PRELOAD: '' } })
    return text.split('\n').filter(line => /^[0-9a-f]{16} /.test(line))
        .map(line => ({ name: line.trim().split(/\s+/).pop(), wanted: line.includes('*UND*') }))
}

test('electron: the addon takes from the runtime what Node-API 8 has, and no Buffer over memory of its own', () => {
    const api = new Set([...symbols.v8.js_native_api_symbols, ...symbols.v8.node_api_symbols])
    const wanted = dynamicSymbols().filter(symbol => symbol.wanted).map(symbol => symbol.name)
    const fromRuntime = wanted.filter(name => /^(napi_|node_api_|uv_|_ZN?K?\d*(2v8|4node)|node_module)/.test(name))
    assert.ok(fromRuntime.includes('napi_create_function'))
    assert.deepStrictEqual(fromRuntime.filter(name => !api.has(name)), [])
    assert.deepStrictEqual(fromRuntime.filter(name => /external/.test(name)), [])
})

test('electron: it brings its own libcrypto and shows none of it, where BoringSSL has the same names', () => {
    const all = dynamicSymbols()
    const shown = all.filter(symbol => !symbol.wanted).map(symbol => symbol.name)
    assert.deepStrictEqual(shown.filter(name => !/^(napi_register_module_v1|node_api_module_get_api_version_v1|_init|_fini)$/.test(name) &&
        !/^(__|_ITM|UBSAN|ASAN)/i.test(name)), [])
    assert.deepStrictEqual(all.filter(symbol => symbol.wanted && /^(EVP|OPENSSL|RAND|SSL|BN|EC)_/.test(symbol.name)), [])
})
