#!/usr/bin/env node
/*
 * The program `wasmoor`: sets how many threads read and write files, then starts the process. It is CommonJS because
 * Node's loader of ES modules uses those threads itself, and their number is fixed with their first use: set in
 * main.ts it would have no effect. Eight, so that more fsyncs than Node's usual four run at the same time.
 */
process.env['UV_THREADPOOL_SIZE'] ??= '8'
/*
 * Young objects keep the little room they begin with. Without this the process had 170 to 260 MiB through the bench, with it
 * 120 to 170, at the same cost of a request.
 */
process.getBuiltinModule('node:v8').setFlagsFromString('--semi-space-growth-factor=1')
void import('./main.ts')
