#!/usr/bin/env node
/*
 * The program `wasmoor`: sets how many threads read and write files, then starts the process. It is CommonJS because
 * Node's loader of ES modules uses those threads itself, and their number is fixed with their first use: set in
 * main.ts it would have no effect. Eight, so that more fsyncs than Node's usual four run at the same time.
 */
process.env['UV_THREADPOOL_SIZE'] ??= '8'
void import('./main.ts')
