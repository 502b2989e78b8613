/** Builds console/ to dist/console/, or the folder that is given. The server holds it in memory. */
import { join } from 'node:path'
import { build } from 'vite'

const root = join(import.meta.dirname, '..')

await build({
  configFile: false,
  root: join(root, 'console'),
  base: '/ui/',
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: process.argv[2] ?? join(root, 'dist/console'),
    assetsDir: '_assets',
    // The page's policy allows nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    emptyOutDir: true,
    reportCompressedSize: false,
    target: 'es2022',
  },
})
