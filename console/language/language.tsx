import { type ComponentChildren, createContext } from 'preact'
import { useContext, useEffect, useMemo, useState } from 'preact/hooks'
import { en } from './en.ts'
import { Formats } from './format.ts'
import type { Strings } from './strings.ts'
import { zh } from './zh.ts'

const LANGUAGES = { en, 'zh-CN': zh } as const satisfies Record<string, Strings>

type Language = keyof typeof LANGUAGES

const KEY = 'wasmoor.language'

interface Spoken {
  readonly language: Language
  readonly t: Strings
  readonly formats: Formats
  /** The other language. */
  readonly change: () => void
}

const Context = createContext<Spoken | undefined>(undefined)

export function useLanguage(): Spoken {
  return useContext(Context)!
}

/** Speaks the language that was chosen here, or else that of the browser. */
export function Speaking({ children }: { readonly children: ComponentChildren }) {
  const [language, setLanguage] = useState<Language>(preferred)
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  const spoken = useMemo(
    () => ({
      language,
      t: LANGUAGES[language],
      formats: new Formats(language),
      change: () => {
        const other = language === 'en' ? 'zh-CN' : 'en'
        remember(other)
        setLanguage(other)
      },
    }),
    [language],
  )
  return <Context.Provider value={spoken}>{children}</Context.Provider>
}

function preferred(): Language {
  const chosen = recall() ?? navigator.languages.find((tag) => /^(?:zh|en)\b/i.test(tag)) ?? 'en'
  return chosen.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en'
}

function remember(language: Language): void {
  try {
    localStorage.setItem(KEY, language)
  } catch {
    // There is none in some private windows.
  }
}

function recall(): string | undefined {
  try {
    return localStorage.getItem(KEY) ?? undefined
  } catch {
    return undefined
  }
}
