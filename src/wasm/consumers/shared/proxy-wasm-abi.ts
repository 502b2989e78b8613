import type { Abi, ProxyWasmHost } from './proxy-wasm.ts'

// proxy-wasm/proxy-wasm-cpp-host 52a0291: include/proxy-wasm/exports.h, wasm.h, src/wasm.cc. In the
// tables i is i32 and l is i64.

/** Host functions `env.proxy_…` of every ABI; all return an i32. */
const FUNCTIONS =
  'log:iii get_status:iii set_property:iiii get_property:iiii send_local_response:iiiiiiii ' +
  'get_shared_data:iiiii set_shared_data:iiiii register_shared_queue:iii resolve_shared_queue:iiiii ' +
  'dequeue_shared_queue:iii enqueue_shared_queue:iii get_header_map_value:iiiii ' +
  'add_header_map_value:iiiii replace_header_map_value:iiiii remove_header_map_value:iii ' +
  'get_header_map_pairs:iii set_header_map_pairs:iii get_header_map_size:ii get_buffer_status:iii ' +
  'get_buffer_bytes:iiiii set_buffer_bytes:iiiii http_call:iiiiiiiiii grpc_call:iiiiiiiiiiii ' +
  'grpc_stream:iiiiiiiii grpc_close:i grpc_cancel:i grpc_send:iiii set_tick_period_milliseconds:i ' +
  'get_current_time_nanoseconds:i define_metric:iiii increment_metric:il record_metric:il ' +
  'get_metric:ii set_effective_context:i done: call_foreign_function:iiiiii'

/**
 * Of `wasi_unstable` and `wasi_snapshot_preview1`; path_link and path_symlink are one short of what
 * WASI says.
 */
const WASI =
  'fd_write:iiii fd_read:iiii fd_seek:ilii fd_close:i fd_fdstat_get:ii fd_fdstat_set_flags:ii ' +
  'fd_fdstat_set_rights:ill environ_get:ii environ_sizes_get:ii args_get:ii args_sizes_get:ii ' +
  'clock_time_get:ili clock_res_get:ii fd_advise:illi fd_allocate:ill fd_datasync:i ' +
  'fd_filestat_set_size:il fd_filestat_set_times:illi fd_pread:iiili fd_pwrite:iiili ' +
  'fd_readdir:iiili fd_renumber:ii fd_sync:i fd_tell:ii path_create_directory:iii ' +
  'path_filestat_set_times:iiiilli path_link:iiiiii path_readlink:iiiiii ' +
  'path_remove_directory:iii path_rename:iiiiii path_symlink:iiii path_unlink_file:iii ' +
  'sock_accept:iii sock_recv:iiiiii sock_send:iiiii sock_shutdown:ii random_get:ii sched_yield: ' +
  'poll_oneoff:iiii path_open:iiiiillii fd_prestat_get:ii fd_prestat_dir_name:iii ' +
  'path_filestat_get:iiiii fd_filestat_get:ii'

/** Callbacks `proxy_on_…` that return an i32, and those that return nothing. */
const ANSWERING =
  'vm_start:ii configure:ii new_connection:i downstream_data:iii upstream_data:iii request_body:iii ' +
  'request_trailers:ii request_metadata:ii response_body:iii response_trailers:ii ' +
  'response_metadata:ii done:i'
const SILENT =
  'tick:i context_create:ii downstream_connection_close:ii upstream_connection_close:ii ' +
  'http_call_response:iiiii grpc_receive:iii grpc_close:iii ' +
  'grpc_receive_initial_metadata:iii grpc_receive_trailing_metadata:iii queue_ready:ii log:i delete:i'

const COMMON_FUNCTIONS = [
  ...entries(FUNCTIONS, 'env.proxy_', 'i32'),
  ...entries(WASI, 'wasi_unstable.', 'i32'),
  ...entries(WASI, 'wasi_snapshot_preview1.', 'i32'),
  ...entries('proc_exit:i', 'wasi_unstable.', '()'),
  ...entries('proc_exit:i', 'wasi_snapshot_preview1.', '()'),
  ...entries('pthread_equal:ii', 'env.', 'i32'),
  ...entries('emscripten_notify_memory_growth:i', 'env.', '()'),
]
const COMMON_CALLBACKS = [
  ...entries(ANSWERING, 'proxy_on_', 'i32'),
  ...entries(SILENT, 'proxy_on_', '()'),
  ...entries('proxy_validate_configuration:ii main:ii __main_void:', '', 'i32'),
  ...entries('malloc:i proxy_on_memory_allocate:i', '', 'i32'),
  ...entries('_initialize: _start:', '', '()'),
]
const HEADERS_01 = entries('request_headers:ii response_headers:ii', 'proxy_on_', 'i32')
const HEADERS_02 = [
  ...entries('request_headers:iii response_headers:iii', 'proxy_on_', 'i32'),
  ...entries('foreign_function:iii', 'proxy_on_', '()'),
]
const STREAMS = 'continue_stream:i close_stream:i'

/** The ABIs of Envoy's host, by the marker that the module exports. */
export const PROXY_WASM_ABIS = {
  proxy_abi_version_0_1_0: abi(
    'get_configuration:ii continue_request: continue_response: clear_route_cache:',
    HEADERS_01,
  ),
  proxy_abi_version_0_2_0: abi(STREAMS, HEADERS_02),
  proxy_abi_version_0_2_1: abi(`${STREAMS} get_log_level:i`, HEADERS_02),
} as const

/**
 * An ABI with further host functions `env.proxy_…`, and further callbacks `proxy_on_…` that return
 * nothing.
 */
export function extended(
  { functions, callbacks }: Abi,
  moreFunctions: string,
  moreCallbacks: string,
): Abi {
  return {
    functions: new Map([...functions, ...entries(moreFunctions, 'env.proxy_', 'i32')]),
    callbacks: new Map([...callbacks, ...entries(moreCallbacks, 'proxy_on_', '()')]),
  }
}

function abi(functions: string, callbacks: readonly [string, string][]): Abi {
  return {
    functions: new Map([...COMMON_FUNCTIONS, ...entries(functions, 'env.proxy_', 'i32')]),
    callbacks: new Map([...COMMON_CALLBACKS, ...callbacks]),
  }
}

/** `env.proxy_log` → `(i32,i32,i32)->i32` of `log:iii`. */
function entries(table: string, prefix: string, result: string): [name: string, type: string][] {
  return table.split(' ').map((entry) => {
    const [name = '', parameters = ''] = entry.split(':')
    const types = Array.from(parameters, (letter) => (letter === 'l' ? 'i64' : 'i32'))
    return [prefix + name, `(${types.join(',')})->${result}`]
  })
}

/** Envoy's host, which Istio, Envoy Gateway and ASM use as it is. */
export const ENVOY_HOST: ProxyWasmHost = { abis: PROXY_WASM_ABIS }
