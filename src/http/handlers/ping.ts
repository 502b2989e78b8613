import { sendJson } from '../answers.ts'
import type { Handler } from '../route.ts'

/** `GET /v2/`: distribution-spec v1.1, "Determining Support" (end-1). */
export const ping: Handler = async (ctx) => {
  sendJson(ctx, {})
}
