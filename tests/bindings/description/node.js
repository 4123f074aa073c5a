// The description of the Node binding and the package itself name the same functions, and its generated enums are exported.
//
//   node node.js PACKAGE LIST        bindings/node, and the generated functions.json
'use strict'

const [, , packagePath, listPath] = process.argv
const { EventEmitter } = require('node:events')
const Fumarole = require(packagePath)
const described = require(listPath)
const enums = require(packagePath + '/generated/enums.js')

let problems = 0
function problem(text) {
    console.log(text)
    problems++
}

// What a program can call on an object: methods of its class, and functions that it holds; not those of Node's own classes.
function functionsOf(object) {
    const names = new Set()
    for (let at = object; at && at !== Object.prototype && at !== EventEmitter.prototype; at = Object.getPrototypeOf(at)) {
        for (const name of Object.getOwnPropertyNames(at)) {
            const get = Object.getOwnPropertyDescriptor(at, name).get
            const isNodes = name.startsWith('_') || Object.hasOwn(EventEmitter.prototype, name)
            if (name !== 'constructor' && !isNodes && !get && typeof object[name] === 'function') {
                names.add(name)
            }
        }
    }
    return names
}

const steam = Fumarole.getInstance()
const holders = {
    package: Fumarole,
    Server: Fumarole.Server.prototype,
    Connection: Fumarole.Connection.prototype,
    steam,
    core: steam.core,
    networkingSockets: steam.networkingSockets,
    networkingUtils: steam.networkingUtils
}

let count = 0
for (const [path, functions] of Object.entries(described)) {
    if (path === '//') continue
    const holder = holders[path]
    const found = path === 'package' ? [] : functionsOf(holder) // the package's functions are the class's own ones
    for (const [name, [required, all]] of Object.entries(functions)) {
        count++
        const target = path === 'steam' && name === 'getInstance' ? Fumarole : holder
        if (typeof target[name] !== 'function') {
            problem(`${path} has no ${name}`)
        } else if (target[name].length < required || target[name].length > all) {
            problem(`${path}.${name} has ${target[name].length} parameters, described as ${required} to ${all}`)
        }
    }
    for (const name of found) {
        if (!(name in functions)) problem(`${path} has ${name}, which is not described`)
    }
}

for (const [name, value] of Object.entries(enums)) {
    if (Fumarole[name] !== value) problem(`${name} is not exported`)
}
if (count < 80) problem(`only ${count} functions are described`)
if (problems === 0) console.log(`${count} functions agree`)
process.exitCode = problems === 0 ? 0 : 1
