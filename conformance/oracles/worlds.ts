/** The WIT worlds from which components are built: title and source, with a world `it`. */
export const WORLDS: Readonly<Record<string, string>> = {
  'one function': `
    package test:one;
    world it { export run: func() -> string; }`,
  'functions in and out': `
    package test:functions@0.1.0;
    world it {
      import log: func(text: string);
      import now: func() -> u64;
      export sum: func(values: list<s32>) -> s64;
      export split: func(text: string) -> tuple<string, option<string>>;
    }`,
  'interfaces of several packages and versions': `
    package test:app@1.2.3-rc.1;
    package other:types@0.2.0 { interface types { record point { x: s32, y: s32 } } }
    package other:host@2.0.0 {
      interface host {
        use other:types/types@0.2.0.{point};
        draw: func(at: point) -> result<_, string>;
      }
    }
    interface api { use other:types/types@0.2.0.{point}; move: func(by: point) -> point; }
    world it { import other:host/host@2.0.0; export api; }`,
  'resources, variants and flags': `
    package test:resources;
    interface files {
      flags mode { read, write }
      variant failure { gone, denied(string), other(u32) }
      enum kind { file, folder }
      resource file {
        constructor(name: string, mode: mode);
        read: func(length: u64) -> result<list<u8>, failure>;
        kind: func() -> kind;
        open: static func(name: string) -> result<file, failure>;
      }
    }
    world it { import files; export files; }`,
  'interfaces without a name of their own': `
    package test:inline;
    world it {
      import store: interface { get: func(key: string) -> option<list<u8>>; }
      export handler: interface { handle: func(body: list<u8>) -> list<u8>; }
    }`,
  'types of the world': `
    package test:types;
    world it {
      record reading { at: u64, value: f64 }
      import latest: func() -> reading;
      export mean: func(of: list<reading>) -> f64;
    }`,
  'imports alone': `
    package test:imports;
    interface clock { now: func() -> u64; }
    world it { import clock; import exit: func(code: u8); }`,
  'nothing at all': `
    package test:nothing;
    world it { }`,
  'a command': `
    package wasi:cli@0.2.0;
    interface run { run: func() -> result; }
    interface environment { get-arguments: func() -> list<string>; }
    world it { import environment; export run; }`,
}
