import { Fumarole } from './index.js'

export * from './index.js'
export default Fumarole
