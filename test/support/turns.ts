/** Lets everything run that does not wait for a timer or for input and output. */
export async function turns(count = 200): Promise<void> {
  for (let turn = 0; turn < count; turn++) await Promise.resolve()
}
