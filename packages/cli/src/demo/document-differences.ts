/** A value inside a document that is not what it was. */
export interface Difference {
  /** `orders[1234].status`: elements that have an `id` are named by it, others by their place. */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** What differs between two documents (parsed JSON), in the order of the fields. Pure. */
export function documentDifferences(before: unknown, after: unknown, path = ''): readonly Difference[] {
  if (Array.isArray(before) && Array.isArray(after)) {
    return compareParts(elementsByName(before), elementsByName(after), (name) => `${path}[${name}]`);
  }
  if (isObject(before) && isObject(after)) {
    const prefix = path === '' ? '' : `${path}.`;
    return compareParts(
      new Map(Object.entries(before)),
      new Map(Object.entries(after)),
      (name) => prefix + name,
    );
  }
  return Object.is(before, after) ? [] : [{ path, before, after }];
}

function compareParts(
  before: ReadonlyMap<string, unknown>,
  after: ReadonlyMap<string, unknown>,
  pathOf: (name: string) => string,
): Difference[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].flatMap((name) => documentDifferences(before.get(name), after.get(name), pathOf(name)));
}

function elementsByName(elements: readonly unknown[]): ReadonlyMap<string, unknown> {
  return new Map(
    elements.map((element, place) => [
      isObject(element) && 'id' in element ? String(element['id']) : String(place),
      element,
    ]),
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
