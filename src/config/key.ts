import * as z from 'zod'

/** One key: its kind of value, its default and its description. */
export function key<Type extends z.ZodType>(
  type: Type,
  about: {
    default: z.input<Type> & z.core.util.NoUndefined<z.input<Type>>
    description: string
    /** Whether its value is masked wherever it is printed. */
    secret?: true
  },
) {
  const { default: fallback, description, secret } = about
  return type.prefault(fallback).meta({ description, ...(secret && { secret }) })
}

/** Keys that share the first part of their path. */
export const section = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape).prefault({} as z.input<z.ZodObject<Shape>>)
