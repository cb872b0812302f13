// What the tests use of Node.
declare module "node:assert/strict" {
  const assert: {
    (value: unknown, message?: string): asserts value;
    ok(value: unknown, message?: string): asserts value;
    equal(actual: unknown, expected: unknown, message?: string): void;
    deepEqual(actual: unknown, expected: unknown, message?: string): void;
    throws(action: () => unknown, error?: RegExp): void;
  };
  export default assert;
}
declare module "node:fs" {
  export function readFileSync(path: URL, encoding: "utf8"): string;
}
declare module "node:test" {
  export function beforeEach(body: () => void): void;
  export const mock: {
    method(object: object, name: string, replacement: () => unknown): void;
    timers: {
      enable(options: { apis: string[] }): void;
      reset(): void;
      tick(milliseconds: number): void;
    };
  };
  export function suite(name: string, body: () => void): void;
  export function test(name: string, body: () => void | Promise<void>): void;
}
