/** The reference, with what a mutant does otherwise in place of its own. */
export function flawed<Product extends object>(reference: Product, flaw: Partial<Product>): Product {
  return new Proxy(reference, {
    get(target, name) {
      const from = name in flaw ? flaw : target;
      const value: unknown = Reflect.get(from, name);
      return typeof value === 'function' ? value.bind(from) : value;
    },
  });
}
