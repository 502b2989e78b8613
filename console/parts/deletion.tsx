import { useEffect, useRef, useState } from 'preact/hooks'
import { ask, send } from '../api/client.ts'
import { API } from '../api/paths.ts'
import { fill } from '../language/format.ts'
import { useLanguage } from '../language/language.tsx'
import { shortDigest } from './digest.tsx'
import { Answered, Failed } from './states.tsx'
import { useAnswer } from './use-answer.ts'

interface DeletionProps {
  readonly repository: string
  readonly digest: string
  /** The tag that was chosen; absent where a manifest was. */
  readonly tag?: string
  readonly onClose: () => void
  readonly onDone: (what: 'tag' | 'manifest') => void
}

/** Asks before something is deleted, and names everything that goes. */
export function Deletion({ repository, digest, tag, onClose, onDone }: DeletionProps) {
  const { t } = useLanguage()
  const dialog = useRef<HTMLDialogElement>(null)
  const [what, setWhat] = useState<'tag' | 'manifest'>(tag === undefined ? 'manifest' : 'tag')
  const [error, setError] = useState<unknown>(undefined)
  const [isSending, setIsSending] = useState(false)
  const path = API.tagsOf(repository, digest)
  const tags = useAnswer((signal) => ask<{ tags: string[] }>(path, { signal }), path)
  useEffect(() => dialog.current?.showModal(), [])
  const confirm = async () => {
    setIsSending(true)
    setError(undefined)
    try {
      const reference = what === 'tag' ? tag! : digest
      await send(API.manifest(repository, reference), { method: 'DELETE' })
      onDone(what)
    } catch (failure) {
      setError(failure)
      setIsSending(false)
    }
  }
  const values = { tag: tag ?? '', digest: shortDigest(digest), repository }
  const words = t.deletion
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="deletion">
      <h2 id="deletion">{fill(words.title, values)}</h2>
      <div class="options">
        {tag !== undefined && (
          <label>
            <input
              type="radio"
              name="what"
              checked={what === 'tag'}
              onChange={() => setWhat('tag')}
            />
            <span>
              <strong>{fill(words.tagOnly, values)}</strong>
              <span class="muted">{fill(words.tagOnlyHelp, values)}</span>
            </span>
          </label>
        )}
        <label>
          <input
            type="radio"
            name="what"
            checked={what === 'manifest'}
            onChange={() => setWhat('manifest')}
          />
          <span>
            <strong>{words.manifest}</strong>
            <span class="muted">{fill(words.manifestHelp, values)}</span>
            <Answered asked={tags} bars={1}>
              {({ body, next }) => (
                <span class="going">
                  {body.tags.map((each) => (
                    <code key={each}>{each}</code>
                  ))}
                  {next !== undefined && <span>{words.moreTags}</span>}
                </span>
              )}
            </Answered>
            <span class="muted">{words.referrers}</span>
          </span>
        </label>
      </div>
      <p>{words.forEver}</p>
      {error !== undefined && <Failed error={error} />}
      <div class="buttons">
        <button type="button" class="plain" onClick={() => dialog.current?.close()}>
          {t.actions.cancel}
        </button>
        <button
          type="button"
          class="main danger"
          disabled={isSending}
          onClick={() => void confirm()}
        >
          {what === 'tag' ? words.submitTag : words.submitManifest}
        </button>
      </div>
    </dialog>
  )
}
