import { render } from 'preact'
import { Console } from './console.tsx'
import { Speaking } from './language/language.tsx'
import './style/tokens.css'
import './style/frame.css'
import './style/parts.css'
import './style/artifact.css'

const root = document.querySelector('#console')!
root.replaceChildren()
render(
  <Speaking>
    <Console />
  </Speaking>,
  root,
)
