// What `--import tsx` does for the main thread, for a thread that runs sources.
import { register } from 'tsx/esm/api'

register()
