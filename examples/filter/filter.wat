;; An Envoy filter: adds the header `resp-header-demo: added by our filter` to every response.
;; Proxy-Wasm ABI 0.2.1: https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1
(module
  (import "env" "proxy_add_header_map_value"
    (func $add_header (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "resp-header-demo")
  (data (i32.const 16) "added by our filter")

  (func (export "proxy_abi_version_0_2_1"))

  ;; The host asks for room in this memory before it passes anything. The filter keeps nothing, so the same place does
  ;; each time.
  (func (export "proxy_on_memory_allocate") (param $size i32) (result i32)
    (i32.const 1024))

  (func (export "proxy_on_context_create") (param $id i32) (param $parent i32))
  (func (export "proxy_on_vm_start") (param $id i32) (param $size i32) (result i32)
    (i32.const 1))
  (func (export "proxy_on_configure") (param $id i32) (param $size i32) (result i32)
    (i32.const 1))

  ;; 2 is the map of the response headers; 0 lets the response go on.
  (func (export "proxy_on_response_headers") (param $id i32) (param $count i32) (param $end i32)
    (result i32)
    (drop (call $add_header (i32.const 2)
      (i32.const 0) (i32.const 16)
      (i32.const 16) (i32.const 19)))
    (i32.const 0)))
